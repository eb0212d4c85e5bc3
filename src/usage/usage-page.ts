import type { RequestHandler } from 'express';
import { type AdminPage, type AdminParts, contextOf, frame, noStore, toCsv } from '../admin';
import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import { formatCount } from '../web/filters';
import { respond } from '../web/respond';
import type { Form } from './form';
import type { InventoryParts } from './inventory';
import { LIST_URL } from './list-state';
import { countByFlag, countByPart, listCounts } from './queries-usage';
import { type Asked, addressOf, asked, closer, USAGE_URL, whereOf } from './usage-asked';
import { hierarchy, partsOf, titleOf } from './usage-dates';

/** Where the admin's navigation has it. */
export const usagePage: AdminPage = {
  app: 'flags',
  label: 'Usage',
  url: USAGE_URL,
  icon: 'fa-chart-column',
  description: 'How often flags were asked for, and what they answered.',
  forViewersOf: 'flags.flag',
};

const FORM_WORDS: Readonly<Record<Form, string>> = {
  condition: 'Flag by conditions',
  flag: 'Global flag',
  switch: 'Switch',
  sample: 'Sample',
  producer: 'Feature of producers',
};

const MOST_LINES = 200;
const MOST_EXPORTED = 100_000;
/** Counts by part of the time; where nothing is asked for, by the months of the only year or the days of the only month. */
async function readParts(db: Database, from: Asked) {
  let state = from;
  let byPart = await countByPart(db, state);
  for (const step of ['year', 'month'] as const) {
    const [only, ...others] = new Set(byPart.map(({ part }) => part));
    if (from.step !== 'year' || state.step !== step || only === undefined || others.length > 0) continue;
    state = closer(state, only.slice(0, 4), only.slice(5, 7));
    byPart = await countByPart(db, state);
  }
  return { state, byPart, top: from.step === 'year' ? state.step : ('year' as const) };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** A part of the whole in words: what is rare is not told as nothing. */
function shareOf(count: number, total: number): string {
  const percent = total === 0 ? 0 : (count / total) * 100;
  return percent > 0 && percent < 0.1 ? '<0.1%' : `${Math.round(percent * 10) / 10}%`;
}

const STYLES: Readonly<Record<string, number>> = { on: 2, off: 1, missing: 3, error: 4 };

/** How often flags gave which answer: by year, month, day and hour, and by flag. */
export const showUsage =
  (parts: InventoryParts & AdminParts): RequestHandler =>
  async (req, res) => {
    await parts.usage.flush(); // so that what this process has counted is there
    const { state, top, byPart } = await readParts(parts.db, asked(req));
    const lines = await countByFlag(parts.db, state, MOST_LINES + 1);
    const divisions = partsOf(
      state,
      byPart.map(({ part }) => part),
    );
    const counts = new Map(byPart.map(({ part, variant, evaluations }) => [`${part} ${variant}`, evaluations]));
    const variants = [...new Set(byPart.map(({ variant }) => variant))].sort().reverse();
    const series = variants.map((name) => ({
      name,
      values: divisions.map(({ key }) => counts.get(`${key} ${name}`) ?? 0),
      style: STYLES[name] ?? 5,
    }));
    const total = byPart.reduce((sum, { evaluations }) => sum + evaluations, 0);
    const where = whereOf(state);
    noStore(res);
    respond(req, res, {
      page: 'views/flags/usage.njk',
      data: {
        ...frame(parts, req, [
          { text: parts.site.sectionLabel('flags'), href: '/admin/flags/' },
          { text: 'Flags', href: LIST_URL },
          { text: 'Usage' },
        ]),
        flag: state.flag === undefined ? null : { name: state.flag.name, form: FORM_WORDS[state.flag.form] },
        variant: state.variant ?? null,
        total,
        title: titleOf(state),
        step: state.step,
        labels: divisions.map(({ text }) => text),
        series,
        totals: series.map(({ name, values }) => ({
          name,
          count: sumOf(values),
          share: shareOf(sumOf(values), total),
        })),
        dates: hierarchy(
          state,
          byPart.map(({ part }) => part),
          top,
        ),
        lines: lines.slice(0, MOST_LINES).map(({ form, name, variant, evaluations }) => ({
          name,
          variant,
          evaluations,
          form: FORM_WORDS[form],
          href: addressOf({ ...where, flag: `${form}:${name}` }),
          variantHref: addressOf({ ...where, flag: `${form}:${name}`, variant }),
          share: shareOf(evaluations, total),
        })),
        hasMore: lines.length > MOST_LINES,
        everythingHref: addressOf({ ...where, flag: '', variant: '' }),
        withoutVariantHref: addressOf({ ...where, variant: '' }),
        exportHref: addressOf(where, `${USAGE_URL}export/`),
        isHour: state.step === 'hour',
        minutesDays: parts.config.usage.minutes,
      },
    });
  };

/** The counts as CSV: a line for each part of the time, flag and answer. */
export const exportUsage =
  (parts: InventoryParts & AdminParts): RequestHandler =>
  async (req, res) => {
    await parts.usage.flush();
    const state = asked(req);
    const step = state.step === 'hour' ? 'hour' : 'day';
    const rows = await listCounts(parts.db, { ...state, step }, MOST_EXPORTED);
    const { db, clock, actor } = contextOf(parts, req);
    const where = whereOf(state);
    await inTransaction(db, (trx) =>
      recordAudit(trx, clock, actor, {
        action: 'export',
        objectType: 'flags.usage',
        objectId: '',
        objectLabel: 'usage of flags',
        after: { ...where, rows: rows.length },
        message: `Exported ${formatCount(rows.length, 'line')} of the usage of flags as CSV.`,
      }),
    );
    const name = [state.year, state.month, state.day].filter(Boolean).join('-') || 'all';
    noStore(res)
      .type('text/csv')
      .attachment(`flag-usage-${name}.csv`)
      .send(
        toCsv(
          rows.map(({ part, form, name: flag, variant, evaluations }) => ({
            [step]: part,
            kind: form,
            flag,
            variant,
            evaluations,
          })),
        ),
      );
  };
