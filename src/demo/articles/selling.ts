import type { DemoArticle } from './types';

/** Selling tickets. */
export const SELLING: readonly DemoArticle[] = [
  {
    slug: 'set-ticket-prices',
    title: 'Set ticket prices and price levels',
    summary: 'Use two or three price levels, say clearly what each one includes, and leave room for a few late seats.',
    body: `A price level is a kind of ticket: standing, balcony, student. Each has a name, a price and a number of tickets.

## How many levels

Two or three sell best. With more, people start to compare and stop to buy. Name a level by what the guest gets ("Front rows",
"Standing"), not by what you call it inside ("Level B").

## Reduced prices

Make a level of its own for students or members and say who may buy it. The person at the door checks the card; the shop does not.

## Change a price later

1. Open the show and choose **Edit**.
2. Change the price of the level and save.

The new price counts for tickets sold from now on. Tickets that were sold keep the price that was paid, also when they are
refunded.`,
  },
  {
    slug: 'fees-explained',
    title: 'Which fees are charged, and who pays them',
    summary:
      'There is one service fee per ticket. You decide whether the guest pays it on top or whether it is part of your price.',
    body: `There is a service fee for each paid ticket and nothing else: no fee for setting up a show, none for payouts, and none for free
tickets.

## Who pays the fee

- **On top:** the guest pays your price plus the fee. The full price is shown from the first page on, never only at the end.
- **Included:** the guest pays your price, and we take the fee from it.

You choose for each show. It cannot be changed once the first ticket is sold.

## Fees and refunds

When you cancel a show we give the fee back to the guest as well. When a guest returns a ticket and you agree, the fee is kept unless
you choose to pay it yourself.

## Where to see them

Every statement under **Finances** lists the fees by show, in a column of their own.`,
  },
  {
    slug: 'discount-codes',
    title: 'Offer discount codes',
    summary: 'A code takes an amount or a share off the price, for a limited number of tickets and a limited time.',
    body: `A discount code is a word that guests type when they buy. It is the simplest way to thank a mailing list or to fill the last rows.

## Create a code

1. Open the show, then **Discounts**, then **New code**.
2. Type a short word that is easy to say aloud, such as EARLYBIRD.
3. Choose an amount or a share of the price.
4. Say how many tickets it is good for and when it ends.

## Good to know

- Give each partner a code of their own. Orders show the code, so you see who brought the guests.
- A code never makes a ticket cheaper than nothing, and a ticket takes one code only.
- Ending a code does not touch tickets that were bought with it.`,
  },
  {
    slug: 'sell-out-and-waiting-list',
    title: 'Sold out: the waiting list and late seats',
    summary: 'A sold-out show can keep a waiting list. Returned tickets are offered to it in order.',
    body: `A show is sold out when every price level is. Its page stays up, because people still look for it.

## The waiting list

Switch on **Waiting list** in the show. Guests leave their e-mail address and how many tickets they want. When tickets are
returned, the first person on the list for whom there are enough gets a message with a link. The link is good for twelve hours,
then it is the next one's turn.

## Late seats

Hold back a few seats for guests of the artist and for mistakes, and release them on the afternoon of the show. Change the number of
tickets of a level to release them; the waiting list is told first.

## Extra shows

If the waiting list is longer than a third of the hall, a second show usually fills. You can write to everybody on the list once, with
the address of the new show.`,
  },
  {
    slug: 'free-tickets-and-guest-lists',
    title: 'Free tickets and guest lists',
    summary: 'Add guests by name, or make a price level that costs nothing. Neither costs you a fee.',
    body: `There are two ways to let people in without paying. Neither costs a fee.

## A guest list

Open the show, choose **Guest list**, and add names one by one. Say how many come with each name. Guests on the list stand on the
door list like everybody else, marked as guests.

## A free price level

Make a level with the price 0 when people should book by themselves, such as for an open rehearsal. Limit it to two tickets for
each order, so that a few people do not take all of them.

## How many will come

Of free tickets about one in three is not used. Plan for that, but never count on it when the hall has a limit: the limit of the
venue is a matter of safety.`,
  },
];
