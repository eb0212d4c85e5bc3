import { DOOR } from './door';
import { MONEY } from './money';
import { ORDERS } from './orders';
import { SELLING } from './selling';
import { SHOWS } from './shows';
import { STARTING } from './starting';
import type { DemoArticle } from './types';

/** The articles of the demo by category, in the order of the knowledge base. */
export const DEMO_KNOWLEDGE: readonly {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly articles: readonly DemoArticle[];
}[] = [
  {
    name: 'Getting started',
    slug: 'getting-started',
    description: 'Your first show, your team, and where things are.',
    articles: STARTING,
  },
  {
    name: 'Selling tickets',
    slug: 'selling-tickets',
    description: 'Prices, fees, discounts and what to do when a show is sold out.',
    articles: SELLING,
  },
  {
    name: 'Shows and venues',
    slug: 'shows-and-venues',
    description: 'Seats, dates, descriptions, and when plans change.',
    articles: SHOWS,
  },
  {
    name: 'Orders and refunds',
    slug: 'orders-and-refunds',
    description: 'Help a guest, give money back, answer a bank.',
    articles: ORDERS,
  },
  {
    name: 'Money and taxes',
    slug: 'money-and-taxes',
    description: 'Payouts, accounts, statements and taxes.',
    articles: MONEY,
  },
  { name: 'At the door', slug: 'at-the-door', description: 'Lists, scanning, and the evening itself.', articles: DOOR },
];
