import type { RequestHandler } from 'express';
import { type AdminPage, type AdminParts, changeUrl, contextOf, frame, modelUrl, noStore, toCsv } from '../admin';
import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { notFound } from '../lib/http-error';
import { formatCount } from '../web/filters';
import { queryText } from '../web/request';
import { respond } from '../web/respond';
import type { FeatureUse } from './feature-use';
import { producerFeatures } from './features';
import { Producer } from './models';
import { findProducerBySlug, listUses, type UseFilter, usesByDay, usesByProducer } from './queries-use';

export const USE_URL = '/admin/producers/usage/';

/** Where the admin's navigation has it. */
export const usePage: AdminPage = {
  app: Producer.app,
  label: 'Feature use',
  url: USE_URL,
  icon: 'fa-chart-column',
  description: 'How often producers open what their flags give them.',
  forViewersOf: Producer.label,
};

const DAY_MS = 24 * 60 * 60 * 1000;
const PERIODS = [7, 30, 90];
const MOST_PRODUCERS = 50;
const MOST_LINES = 100_000;

const SHORT = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

const features = producerFeatures.map(([, feature]) => feature);
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

interface Asked {
  days: number;
  producer: { id: number; name: string; slug: string } | undefined;
  filter: UseFilter;
}

/** What the address asks for: how many days, and of which producer. */
async function asked({ db, clock }: AdminParts, req: Parameters<RequestHandler>[0]): Promise<Asked> {
  const days = PERIODS.find((each) => String(each) === queryText(req, 'days')) ?? 30;
  const slug = queryText(req, 'producer').trim();
  const producer = slug === '' ? undefined : await findProducerBySlug(db, slug);
  if (slug !== '' && producer === undefined) throw notFound('There is no producer with this slug.');
  const now = clock.now().getTime();
  const filter = { from: dayOf(now - (days - 1) * DAY_MS), to: dayOf(now), producerId: producer?.id };
  return { days, producer, filter };
}

function addressOf({ days, producer }: Pick<Asked, 'days' | 'producer'>, path = USE_URL): string {
  const query = new URLSearchParams({ days: String(days), ...(producer && { producer: producer.slug }) });
  return `${path}?${query.toString()}`;
}

/** How often each gated feature was opened, by day and by producer. */
export const showUse =
  (parts: AdminParts, use: FeatureUse): RequestHandler =>
  async (req, res) => {
    await use.flush(); // so that what this process has counted is there
    const { days, producer, filter } = await asked(parts, req);
    const [byDay, { producers, more }] = await Promise.all([
      usesByDay(parts.db, filter),
      usesByProducer(parts.db, filter, MOST_PRODUCERS),
    ]);
    const labels = Array.from({ length: days }, (_, index) => dayOf(Date.parse(filter.from) + index * DAY_MS));
    const counts = new Map(byDay.map(({ day, feature, opened }) => [`${day} ${feature}`, opened]));
    const series = features.map(({ column, name }) => ({
      name,
      values: labels.map((day) => counts.get(`${day} ${column}`) ?? 0),
    }));
    const total = byDay.reduce((sum, { opened }) => sum + opened, 0);
    noStore(res);
    respond(req, res, {
      page: 'views/producers/usage.njk',
      data: {
        ...frame(parts, req, [
          { text: 'Producers', href: '/admin/producers/' },
          { text: 'Producers', href: modelUrl(Producer) },
          { text: 'Feature use' },
        ]),
        producer,
        total,
        labels: labels.map((day) => SHORT.format(Date.parse(day))),
        series,
        totals: series.map(({ name, values }) => ({ name, opened: values.reduce((sum, value) => sum + value, 0) })),
        names: features.map(({ name }) => name),
        lines: producers.map(({ id, name, opened, total: all }) => ({
          name,
          href: changeUrl(Producer, id),
          opened: features.map(({ column }) => opened.get(column) ?? 0),
          total: all,
        })),
        more,
        days,
        periods: PERIODS.map((each) => ({
          text: `${each} days`,
          href: addressOf({ days: each, producer }),
          current: each === days,
        })),
        exportUrl: addressOf({ days, producer }, `${USE_URL}export/`),
        everybodyUrl: addressOf({ days, producer: undefined }),
      },
    });
  };

/** The counts as CSV: a line for each day, producer and feature. */
export const exportUse =
  (parts: AdminParts, use: FeatureUse): RequestHandler =>
  async (req, res) => {
    await use.flush();
    const { filter } = await asked(parts, req);
    const rows = await listUses(parts.db, filter, MOST_LINES);
    const { db, clock, actor } = contextOf(parts, req);
    await inTransaction(db, (trx) =>
      recordAudit(trx, clock, actor, {
        action: 'export',
        objectType: 'producers.featureuse',
        objectId: '',
        objectLabel: 'feature use',
        after: { from: filter.from, to: filter.to, rows: rows.length },
        message: `Exported ${formatCount(rows.length, 'line')} of feature use as CSV.`,
      }),
    );
    noStore(res)
      .type('text/csv')
      .attachment(`feature-use-${filter.from}-${filter.to}.csv`)
      .send(
        toCsv(rows.map(({ day, slug, name, feature, opened }) => ({ day, producer: slug, name, feature, opened }))),
      );
  };
