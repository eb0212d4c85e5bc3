import type { DemoArticle } from './types';

/** At the door. */
export const DOOR: readonly DemoArticle[] = [
  {
    slug: 'door-lists',
    title: 'Print or download the door list',
    summary: 'The door list has every guest by name with the number of tickets. Download it two hours before doors.',
    body: `Even if you scan tickets, have a door list. Batteries run out, and networks do too.

## Get the list

1. Open the show and choose **Door list**.
2. Sort it by name for a list on paper.
3. Choose **Print** or **Download CSV**.

Download it two hours before doors and again shortly before. The time of the download stands at the top, so nobody works with an old one.

## What is on it

The name, the number of tickets, the price level, the seat if there is one, and whether it is a guest of the artist. Notes that you
wrote into an order stand there too.

## Keep it safe

The list has names of real people. Take it home and shred it; do not leave it at the bar.`,
  },
  {
    slug: 'scan-tickets',
    title: 'Scan tickets with a phone',
    summary: 'Any phone with a camera can scan. Each ticket works once, also with several doors and without a network.',
    body: `You need no special device. Everybody who scans signs in with an account of their own.

## Prepare

1. Give the people at the door the role of a viewer at least.
2. Let them open the show on their phone before doors and choose **Scan**.
3. Scan one ticket as a test and reset it.

## What the colours say

Every answer is said in words as well, so it does not depend on colours.

- **Valid:** let them in.
- **Used:** the ticket came in before. The time and the door stand below it.
- **Wrong show:** a ticket for another date.
- **Refunded:** the ticket was given back.

## Without a network

The list is kept on the phone. Scanning goes on, and the phones compare as soon as they are online again. With two doors and no
network the same ticket could come in twice; agree that one door takes the names from A to K.`,
  },
  {
    slug: 'sell-at-the-door',
    title: 'Sell tickets at the door',
    summary:
      'Take cash or cards at the door and enter each sale, so that your numbers and the limit of the hall are right.',
    body: `Sales at the door count like all others: they are on the list, in the statement and in the limit of the hall.

## Sell a ticket

1. Open the show on a phone and choose **Sell at the door**.
2. Choose the price level and the number.
3. Take cash, or let the guest pay by card with the code on the screen.
4. Let them in. No ticket is needed.

## Cash

Cash stays with you, so it is not in your payouts. The statement lists it apart. Count the till before and after and write both down.

## Keep some back

Say how many tickets are held for the door. If the show is sold out online, people still come and ask.`,
  },
  {
    slug: 'accessibility-for-guests',
    title: 'Welcome guests with disabilities',
    summary: 'Say what your venue offers, sell wheelchair places online, and know whom guests can ask.',
    body: `Guests decide by what they read beforehand. No information reads like "not for you".

## Say it on the page

- steps, lifts and the width of doors
- wheelchair places and where companions sit
- hearing loop, captions, sign language
- quiet places, strobe lights, loud passages
- where assistance dogs can rest

## Tickets

Companions come in free when you switch it on in the show. Nobody has to send a proof: the person at the door looks at the card.

## On the evening

Name one person whom guests can ask and write the name on the page. Let people in early who need more time.`,
  },
];
