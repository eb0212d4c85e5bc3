import type { DemoArticle } from './types';

/** Getting started. */
export const STARTING: readonly DemoArticle[] = [
  {
    slug: 'publish-your-first-show',
    title: 'Publish your first show',
    summary: 'Create a show, check its date, prices and seats, and publish it. It is on sale a moment later.',
    body: `A show is on sale as soon as it is published. Until then only people of your producer see it.

## Before you begin

You need the right to publish shows. Owners have it; they can give it to anybody else in your team. Have the date, the doors
time, the venue, the ticket prices and one picture at hand.

## Create and publish

1. Open **Shows** and choose **New show**.
2. Enter the name as people will search for it. Put the artist first: "Maya Reed – Late Show", not "Late Show with Maya Reed".
3. Choose the venue and the date, and say when the doors open.
4. Enter how many tickets there are and what they cost.
5. Save. The show is a draft, and you can come back to it as often as you like.
6. Read the draft once as a guest would, then choose **Publish**.

## After publishing

The sale opens at once unless you set a later time. You can still change the text, the picture and the doors time. Changing the
date or the venue after tickets are sold sends a message to everybody who has one, so check twice before you save.`,
  },
  {
    slug: 'invite-your-team',
    title: 'Invite your team and choose their roles',
    summary: 'Owners may do everything, managers run shows and orders, viewers only look.',
    body: `Everybody who works with you has an account of their own. Never share a password: the history of a show says who changed
what, and that only helps when each person is somebody.

## The three roles

| Role | May |
|---|---|
| Owner | do everything, see payouts, invite people |
| Manager | create shows, look after orders, refund tickets |
| Viewer | look at shows, orders and reports |

The right to publish shows is separate. Give it to whoever should put a show on sale without asking.

## Invite somebody

1. Ask your contact with us, or write to support, with the name and e-mail address of the new person and the role.
2. They get a message with a link and choose their own password.
3. They find your producer in the portal as soon as they sign in.

## When somebody leaves

Tell support the same day. Their access ends at once, on all devices, and what they did stays in the history.`,
  },
  {
    slug: 'find-your-way-around',
    title: 'Find your way around the portal',
    summary: 'What each part of the portal is for, and where to look first on the day of a show.',
    body: `The portal has the same parts on every device. On a phone they are behind the menu at the top.

## The parts

- **Dashboard** shows what needs you today: the next shows, new orders and your balance.
- **Shows** is the list of everything that is planned, on sale or over.
- **Orders** has every purchase, with the guest, the tickets and what was paid.
- **Finances** has your balance, your payouts and the statements for your accountant.
- **Support** is where you write to us and read our answers.

Other parts appear when they are switched on for your producer, such as the knowledge base, the assistant and additional services.

## On the day of a show

Start at **Dashboard**, open the show, and download the door list two hours before doors. Sales at the door are added to it by
themselves when the person at the door is online.`,
  },
  {
    slug: 'several-producers-one-account',
    title: 'Work for several producers with one account',
    summary: 'One account can belong to several producers. The portal remembers which one you looked at last.',
    body: `If you run more than one company, or help a friend with theirs, you do not need a second account.

## Switch between producers

Choose the producer in the portal. Everything you then see belongs to that producer: shows, orders, money and tickets to
support. The portal remembers your choice until you make another.

## What is kept apart

- Money is never mixed. Each producer has a balance and a payout account of its own.
- Your role can differ: an owner here, a viewer there.
- Features are switched on for a producer, not for a person. It is normal that a part of the portal is there for one and not for the
  other.`,
  },
];
