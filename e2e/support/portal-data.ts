import type { BrowserApp } from './browser-app';

const DAY = 24 * 60 * 60 * 1000;

/** Evenings, with a title that is as long as may be. */
const TITLES = [
  'Desert Stand-Up Night',
  'Improv Showdown',
  `The Unreasonably Long Title of an Evening That ${'Goes On and '.repeat(5)}Ends`.slice(0, 120),
  'Clean Comedy Brunch',
];

export interface PortalObjects {
  readonly producer: number;
  readonly shows: readonly number[];
  readonly orders: readonly number[];
}

/** Gives Alice's producer money, 32 shows and 60 orders, so that lists have pages. */
export async function fillPortal({ db, clock }: Pick<BrowserApp, 'db' | 'clock'>): Promise<PortalObjects> {
  const { id: producer } = await db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
  const at = (days: number) => new Date(clock.now().getTime() + days * DAY).toISOString();
  const own = { producer_id: producer, currency: 'USD' };
  await db('producers_producerfinancial').insert({ ...own, payout_account: 'Main account', balance_minor: 611_240 });
  const shows: number[] = [];
  for (let index = 0; index < 32; index++) {
    const [row] = (await db('producers_show')
      .insert({
        ...own,
        title: TITLES[index % TITLES.length],
        venue: index % 3 === 0 ? 'Orpheum Studio' : 'The Foundry',
        city: index % 2 === 0 ? 'Phoenix' : '',
        starts_at: at(index * 5 - 20 + 0.3),
        capacity: index === 5 ? 14 : 180,
        price_minor: index === 7 ? 0 : 2_500 + index * 100,
        status: index % 9 === 8 ? 'cancelled' : index % 6 === 4 ? 'draft' : 'on_sale',
        description: 'Six comics, ten minutes each.\n\nDoors open an hour before.',
        created_at: at(-60),
        modified_at: at(-30),
      })
      .returning('id')) as { id: number }[];
    shows.push(row?.id ?? 0);
  }
  const orders: number[] = [];
  for (let index = 0; index < 60; index++) {
    const age = index === 0 ? 0.001 : index / 3;
    const [row] = (await db('producers_order')
      .insert({
        ...own,
        show_id: shows[index % 8],
        number: `AC-${1_000 + index}`,
        buyer_name: index % 7 === 0 ? 'Maximiliana Featherstonehaugh-Wellington' : 'Ada Osei',
        buyer_email: `buyer${index}@mail.example`,
        tickets: 1 + (index % 4),
        total_minor: 2_500 * (1 + (index % 4)),
        fee_minor: 100 * (1 + (index % 4)),
        status: index % 11 === 3 ? 'refunded' : index % 13 === 2 ? 'pending' : 'paid',
        created_at: at(-age),
        modified_at: at(-age),
      })
      .returning('id')) as { id: number }[];
    orders.push(row?.id ?? 0);
  }
  await db('producers_payout').insert(
    Array.from({ length: 14 }, (_, index) => ({
      ...own,
      reference: `PO-${String(14 - index).padStart(3, '0')}`,
      amount_minor: 120_000 + ((index * 37_777) % 240_000),
      status: index === 0 ? 'scheduled' : index === 6 ? 'failed' : 'paid',
      due_at: at(6 - index * 14),
      created_at: at(-index * 14),
      modified_at: at(-index * 14),
    })),
  );
  return { producer, shows, orders };
}
