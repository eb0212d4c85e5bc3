import type { Request } from 'express';
import { notFound } from '../lib/http-error';
import { fromLocal, toLocal } from '../lib/zone';
import { memberOf, ofProducer } from '../portal';
import type { Services } from '../services';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { countOpen, listNextShows, sumOrdersSince } from './queries';
import { findBalance, findNextPayout } from './queries-money';
import { canPublish } from './shows';

/** A card of the overview: what it is called in a sentence, and what it shows. */
interface Card {
  readonly name: string;
  readonly title: string;
  /** What it holds, for "Couldn't load …". */
  readonly what: string;
  read(req: Request): Promise<Record<string, unknown>>;
}

/** The first page of a producer: cards that are read one by one, so that one that fails takes no other along. */
export function overviewRoutes(services: Services): Routes {
  const { db, clock, log } = services;
  const member = ofProducer(services);
  const producerOf = (req: Request): number => memberOf(req).producer.id;

  const cards: readonly Card[] = [
    {
      name: 'shows',
      title: 'Next shows',
      what: 'shows',
      read: async (req) => ({
        shows: await listNextShows(db, producerOf(req), clock.now(), 6),
        mayPublish: canPublish(memberOf(req)),
      }),
    },
    {
      name: 'orders',
      title: 'Orders today',
      what: 'orders',
      read: async (req) => ({ sums: await sumOrdersSince(db, producerOf(req), startOfDay(req)) }),
    },
    {
      name: 'balance',
      title: 'Balance',
      what: 'the balance',
      read: async (req) => ({
        balance: await findBalance(db, producerOf(req)),
        next: await findNextPayout(db, producerOf(req)),
      }),
    },
    {
      name: 'tasks',
      title: 'To do',
      what: 'open tasks',
      read: async (req) => ({
        ...(await countOpen(db, producerOf(req))),
        account: await findBalance(db, producerOf(req)),
        mayPublish: canPublish(memberOf(req)),
      }),
    },
  ];

  /** The last midnight where the person is. */
  function startOfDay(req: Request): Date {
    const { timeZone } = viewerOf(req);
    const today = toLocal(clock.now(), timeZone).slice(0, 10);
    // Where clocks are put forward at midnight, the day begins an hour later.
    return fromLocal(`${today}T00:00`, timeZone) ?? fromLocal(`${today}T01:00`, timeZone) ?? clock.now();
  }

  /** What a card shows, or that it could not be read. */
  async function fill(card: Card, req: Request): Promise<Record<string, unknown>> {
    const { name, title, what } = card;
    try {
      return { name, title, ...(await card.read(req)) };
    } catch (error) {
      log.error({ err: error, card: name }, 'a card of the overview could not be read');
      return { name, title, failed: what };
    }
  }

  return new Routes('/dashboard/overview')
    .get('', signedIn, member, async (req, res) => {
      // Without scripts nothing would load the cards, so the page then asks for all of them at once.
      const whole = queryText(req, 'cards') === 'all';
      const shown = whole
        ? await Promise.all(cards.map((card) => fill(card, req)))
        : cards.map(({ name, title }) => ({ name, title, waiting: true }));
      respond(req, res, { page: 'views/portal/overview.njk', data: { cards: shown, whole } });
    })
    .get('/:card', signedIn, member, async (req, res) => {
      const card = cards.find(({ name }) => name === req.params.card);
      if (card === undefined) throw notFound();
      const data = await fill(card, req);
      respond(req, res, {
        page: 'views/portal/overview.njk',
        partial: 'partials/boxoffice/card.njk',
        data: { card: data, cards: [data], whole: true },
      });
    });
}
