import type { DemoArticle } from './types';

/** Orders and refunds. */
export const ORDERS: readonly DemoArticle[] = [
  {
    slug: 'refund-an-order',
    title: 'Refund an order',
    summary:
      'Refund a whole order or single tickets from the order page. The money arrives in three to five working days.',
    body: `You decide whether a ticket is taken back. When a show is cancelled the refund is automatic and you need not do anything.

## Refund tickets

1. Open **Orders** and search by the name, the e-mail address or the order number.
2. Open the order and choose **Refund**.
3. Tick the tickets, or all of them, and say whether the fee is given back too.
4. Confirm. The tickets stop working at the door at once.

## When the money arrives

The refund goes back to the card or account that paid. Banks take three to five working days, around holidays up to ten. A card that has
expired is no problem: the bank passes the money on to the new one.

## What it does to your balance

The price of the tickets is taken from your balance the same day. If the order was paid out before, the next payout is smaller.

## A partial refund

Choose **Other amount** to give back a part, for example when a guest moves to a cheaper seat. The ticket stays valid.`,
  },
  {
    slug: 'refund-policy',
    title: 'Choose a refund policy for your shows',
    summary:
      'Say before the sale until when tickets can be given back. Guests see it before they pay, which prevents most quarrels.',
    body: `A policy that people can read before they buy saves you most of the discussions afterwards.

## Three usual policies

- **Flexible:** tickets can be given back until 24 hours before the show.
- **Standard:** until seven days before the show.
- **Firm:** no refunds, but tickets may be given to somebody else.

Choose one under **Edit** in the show. It is printed on the tickets and shown above the button that pays.

## Exceptions

You can always be kinder than your policy. When somebody is ill, offer tickets for another date first: most people accept, and you
lose nothing.

## What the policy cannot do

It does not apply when you cancel or move a show. Then guests have a right to their money, whatever the policy says.`,
  },
  {
    slug: 'guest-did-not-get-tickets',
    title: 'A guest did not get the tickets',
    summary:
      'Look the order up, check the address, and send the tickets again. Most often they are in the spam folder.',
    body: `This is the question that producers hear most often. It takes a minute.

1. Open **Orders** and search by the guest's name. People often mistype their own address, so the e-mail address may not be found.
2. Open the order and look at the address. If it is wrong, correct it.
3. Choose **Send again**. The tickets leave within a minute.
4. Ask the guest to look into the spam folder as well.

## If there is no order

Then nothing was paid, whatever the guest remembers. Sometimes a bank shows an amount for two days that it then gives back. Ask for the
last four digits of the card and write to support; we can see what happened.

## At the door without a ticket

The name is enough. The door list has everybody who bought, and a ticket that is found later cannot be used a second time.`,
  },
  {
    slug: 'transfer-a-ticket',
    title: 'Give a ticket to somebody else',
    summary: 'Guests can change the name on a ticket until the doors open. The old ticket stops working.',
    body: `Plans change, and an empty seat helps nobody. Guests may pass their tickets on.

## How guests do it

The message with the tickets has a link **Change the name**. The guest enters the new name and e-mail address. The new ticket is sent
there, and the old one stops working.

## How you do it for them

Open the order, choose the ticket, then **Change name**. This is also how you correct a misspelt name.

## Selling tickets on

A ticket can be passed on for what was paid and no more. If you see your tickets offered for a higher price elsewhere, tell support; we
can cancel the order and give the seat to the waiting list.`,
  },
  {
    slug: 'disputed-payments',
    title: 'Disputed payments and chargebacks',
    summary:
      'When a guest asks the bank for the money back we tell you and answer the bank with the proof that we have.',
    body: `Sometimes a cardholder asks the bank to take a payment back. The bank then asks us for proof.

## What happens

1. We write to you and mark the order as **Disputed**.
2. The amount is held back from your balance until the bank decides.
3. We send the bank the order, the time when the ticket was used at the door, and your refund policy.
4. The bank decides, usually within six weeks.

## What helps

The scan at the door is the best proof. Scan every ticket, also when there is a queue. A clear description of the show and the name that
stands on the card statement help too.

## If you lose

The amount is taken from your balance together with the fee that the bank charges. If you know that the guest is right, refund the order
before the bank decides: then there is no fee.`,
  },
];
