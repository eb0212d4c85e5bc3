import { daysBefore, type Load, stamps } from './load';
import type { LoadedProducer } from './load-producers';
import { idsBySlug, insertRows } from './queries';

const SERVICES = [
  {
    name: 'Newsletter campaigns',
    slug: 'newsletter-campaigns',
    icon: 'fa-envelope-open-text',
    summary: 'We write to the people who came before and tell them what is next.',
    price: '$79 for each campaign',
    benefits: 'Written with you and sent by us\nOnly to guests who agreed\nA report of what it sold',
  },
  {
    name: 'Advertising on social media',
    slug: 'social-advertising',
    icon: 'fa-bullhorn',
    summary: 'We run your advertisements and stop those that sell nothing.',
    price: '8 % of what you spend',
    benefits: 'Set up in two working days\nA limit that is never exceeded\nSales for each advertisement, every Monday',
  },
  {
    name: 'Sales forecast',
    slug: 'sales-forecast',
    icon: 'fa-chart-line',
    summary: 'How many tickets you will sell until doors, from how the sale goes now.',
    price: '$29 a month',
    benefits:
      'A figure for each show, every morning\nA message when a show falls behind\nCompared with shows like yours',
  },
  {
    name: 'Poster and page design',
    slug: 'poster-design',
    icon: 'fa-palette',
    summary: 'A designer makes the poster, the picture for your page and the ones to share.',
    price: 'From $190 for each show',
    benefits: 'Two drafts within a week\nReady for print and for phones\nYours for ever',
  },
  {
    name: 'People for your door',
    slug: 'door-staff',
    icon: 'fa-user-group',
    summary: 'Trained people with scanners who let your guests in.',
    price: '$34 an hour for each person',
    benefits: 'From two hours, in twelve cities\nScanners and a network of their own\nThey know the door list already',
  },
  {
    name: 'Phone support for guests',
    slug: 'guest-support',
    icon: 'fa-headset',
    summary: 'Your guests call us instead of you, also on the evening of the show.',
    price: '$0.40 for each ticket',
    benefits: 'Every day from 9 to 23\nIn English and Spanish\nYou read every call in the order',
  },
] as const;

/** Additional services, and who among the producers has asked for some. */
export async function loadOffers({ trx, now, random, ids }: Load, producers: readonly LoadedProducer[]): Promise<void> {
  await insertRows(
    trx,
    'offers_service',
    SERVICES.map((service, index) => ({
      ...service,
      is_offered: true,
      position: (index + 1) * 10,
      ...stamps(daysBefore(now, 300)),
    })),
  );
  const idOf = await idsBySlug(trx, 'offers_service');
  const ask = (producer: LoadedProducer, slug: string, state: string, days: number, answer = '') => ({
    service_id: idOf.get(slug),
    producer_id: producer.id,
    user_id: producer.slug === 'arizona-comedy' ? ids.get('producer@example.com') : null,
    state,
    note: '',
    answer,
    ...stamps(daysBefore(now, days), daysBefore(now, days / 2)),
  });
  const named = producers[0];
  const drawn = producers.slice(2).flatMap((producer) =>
    SERVICES.filter(() => random() < 0.03).map(({ slug }) => {
      const state = ['requested', 'contacted', 'active', 'declined'][Math.floor(random() * 4)] ?? 'requested';
      return ask(producer, slug, state, 1 + random() * 90);
    }),
  );
  const ofNamed =
    named === undefined
      ? []
      : [
          ask(
            named,
            'newsletter-campaigns',
            'active',
            64,
            'Your first campaign leaves three weeks before the next show.',
          ),
          ask(named, 'sales-forecast', 'contacted', 4, 'Mara calls you on Monday between 10 and 11.'),
          ask(named, 'door-staff', 'declined', 40, 'We have nobody in your city before spring.'),
        ];
  await insertRows(trx, 'offers_request', [...ofNamed, ...drawn]);
}
