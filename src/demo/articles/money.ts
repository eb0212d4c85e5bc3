import type { DemoArticle } from './types';

/** Money and taxes. */
export const MONEY: readonly DemoArticle[] = [
  {
    slug: 'when-payouts-arrive',
    title: 'When your payouts arrive',
    summary:
      'Money from a show is paid out on the third working day after it. Ask us if you need a part of it earlier.',
    body: `What you sell is kept for you until the show is over. That way every guest can be refunded if something goes wrong.

## The usual rhythm

1. The show takes place.
2. On the third working day after it the balance of the show is paid out.
3. Your bank books it one or two working days later.

So a show on Saturday is paid out on Wednesday and is in your account by Friday.

## Payouts before the show

Producers who have had five shows with us can get up to 60 % of the sale before the show. Write to support with the name of the show and
the amount.

## A payout is missing

Look under **Finances**. A payout that says **Sent** has left us; give your bank two working days. One that says **On hold** waits for
something: most often the payout account has to be confirmed, or an order is disputed. The reason stands beside it.`,
  },
  {
    slug: 'change-your-payout-account',
    title: 'Change your payout account',
    summary:
      'Only owners can ask for another account. For your safety a change is confirmed by phone and takes two working days.',
    body: `The payout account is where your money goes, so changing it is slow on purpose.

## Ask for the change

1. An owner writes to support under **Support**, with the name of the account holder and of the bank. Do not send the number.
2. We call the phone number that we know and take the number down.
3. One working day later we send a very small amount with a code to the new account.
4. Tell us the code. From then on payouts go there.

While an account is being changed, payouts wait.

## If you did not ask

When you get a message about a change that nobody of you asked for, call us at once and change your password. Nothing is paid to the new
account before the code was told.`,
  },
  {
    slug: 'sales-tax-and-vat',
    title: 'Sales tax and VAT on tickets',
    summary:
      'You are the seller of your tickets, so you owe the tax. We calculate it when you tell us the rate, and list it in every statement.',
    body: `You sell the tickets, we only collect the money for you. Tax on tickets is therefore yours to declare and to pay. This page is no
tax advice: ask your accountant when in doubt.

## Set the rate

Tell us the rate that applies to your shows. In the United States it depends on the state and often on the city; some places charge an
admission tax on top. In Europe tickets for culture often have a reduced VAT rate.

## What guests see

The price on the page always includes tax. The receipt shows the tax as a line of its own.

## For your declaration

Open **Finances** and download the statement of the month. It has one line for each order with the price, the tax, the fee and what was
paid out. The tax on our own fee stands on our invoice, which you find there too.

## Free tickets

No tax is owed for tickets that cost nothing in most places. Some cities with an admission tax see it differently.`,
  },
  {
    slug: 'statements-and-exports',
    title: 'Statements and exports for your accountant',
    summary:
      'Every month has a statement. Orders and payouts can be downloaded as CSV files that any spreadsheet opens.',
    body: `Your accountant needs three things: what was sold, what was paid out, and what it cost.

## The monthly statement

On the first day of a month the statement of the month before is ready under **Finances**. It does not change any more: a refund that
comes later stands in the next one.

## CSV files

- **Orders:** one line for each order, with price, tax, fee and discount code.
- **Payouts:** one line for each payout, with the day and the amount.

Choose the months and then **Download CSV**. Amounts are plain numbers with a point and two decimals, and the currency has a column of
its own.

## Give your accountant access

Invite them as a viewer. They can download everything and change nothing.`,
  },
  {
    slug: 'negative-balance',
    title: 'Why your balance can be negative',
    summary: 'Refunds and disputes after a payout make a balance negative. Later sales make it up by themselves.',
    body: `A balance is what we owe you. After a payout it is near zero, and a refund then takes it below.

## Where it comes from

Open **Finances** and look at the movements since the last payout. Usually it is one of these:

- refunds for a show that was paid out
- a disputed payment that is held back
- a cancelled show

## What you have to do

Mostly nothing. Your next sales are used first to bring the balance back to zero, and payouts go on after that.

If you plan no shows for the next thirty days we write to you and agree on a way to settle it. There is no interest.`,
  },
];
