import type { DemoArticle } from './types';

/** Shows and venues. */
export const SHOWS: readonly DemoArticle[] = [
  {
    slug: 'seating-plans',
    title: 'Seating plans and numbered seats',
    summary:
      'Choose between free seating, areas and numbered seats. Numbered seats need a plan of the hall, which we draw for you.',
    body: `How people sit is decided for each show.

## Three ways

- **Free seating:** everybody sits where they like. The quickest to set up, and right for most clubs.
- **Areas:** stalls, balcony, standing. Each area is a price level with its own number of places.
- **Numbered seats:** the guest chooses a seat on a plan.

## Get a plan of your hall

Send us a drawing with the rows and the number of seats in each through **Support**. A photograph of the printed plan is enough to
begin with. We need about three working days, and you check the result before anybody can buy.

## Wheelchair places and companions

Mark these places in the plan. They can be bought online like all others. A companion's place beside them is free when you switch it on.

## Change seats after the sale

Open the order and choose **Move**. The guest gets a new ticket and the old one stops working at the door.`,
  },
  {
    slug: 'move-or-postpone-a-show',
    title: 'Move a show to another date',
    summary:
      'Tickets stay valid for the new date. Everybody who has one is told and can give it back within fourteen days.',
    body: `Moving is better than cancelling: in our experience nine of ten guests keep their tickets.

## Move the date

1. Open the show and choose **Edit**.
2. Change the date, and write one or two sentences about the reason.
3. Save. You see the message that goes out and how many people will get it.
4. Confirm.

## What guests get

Everybody with a ticket gets an e-mail with the old and the new date. Their tickets stay valid, and they need not print them again.
For fourteen days they can give them back and get all of their money, the fee included.

## If there is no new date yet

Set the show to **Postponed**. The sale stops, and nobody is refunded until you name a date or cancel. Do not leave a show like that for
more than four weeks: people lose trust, and the law in many places asks for a refund.`,
  },
  {
    slug: 'cancel-a-show',
    title: 'Cancel a show',
    summary:
      'Cancelling ends the sale, tells everybody and refunds all tickets with their fees. It cannot be taken back.',
    body: `Cancel only when there will be no show. For another date, move it instead.

## What happens

1. The sale ends at once.
2. Everybody with a ticket gets a message with the reason that you wrote.
3. All tickets are refunded in full, with the fees, to the way they were paid. It takes three to five working days to arrive.
4. The show stays in your list, marked as cancelled.

## Money that was paid out already

If a part of the sale was paid out to you before, your balance becomes negative. It is made up by your next sales. If none are planned,
we write to you and agree on a day.

## Before you cancel

Download the list of orders under **Orders**. You may want to invite the same people to your next show.`,
  },
  {
    slug: 'describe-a-show',
    title: 'Write a description that sells',
    summary:
      'Say who, what and for whom in the first two sentences, and answer the questions that people would otherwise ask you.',
    body: `Most people read the name, look at the picture and read two sentences. Make these count.

## The first two sentences

Say who is on stage, what happens there, and for whom it is. "Three comedians, one hour, no front-row victims. For adults who have had a
long week."

## What people ask

Put the answers in, and they will not write to you:

- when the doors open and when the show ends
- whether there is an interval, food or a bar
- from which age, and whether it suits children
- how to get there late at night
- whether there are steps

## The picture

Use one large picture of people on stage, wider than high, without words in it. Words in pictures cannot be read on a phone or by a
screen reader.`,
  },
];
