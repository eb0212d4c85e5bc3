import type { Request, RequestHandler } from 'express';
import { type AdminPage, type AdminParts, contextOf, frame, noStore, toCsv } from '../admin';
import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import { hasPermission, type Viewer } from '../lib/viewer';
import { formatCount } from '../web/filters';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { FORMS, type Form } from './form';
import type { InventoryParts } from './inventory';
import { LIST_URL } from './list-state';
import { countByFlag, countByPart, listCounts, type Step, type UsageFilter } from './queries-usage';

export const USAGE_URL = '/admin/flags/usage/';

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
const MONTH = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });
const SHORT_MONTH = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });
const DAY = new Intl.DateTimeFormat('en', { month: 'long', day: 'numeric', timeZone: 'UTC' });

/** Whose use a person may look at: of forms whose flags they may look at. */
function formsOf(viewer: Viewer): Form[] {
  const may = (model: string) =>
    ['view', 'change'].some((verb) => hasPermission(viewer, model.replace('.', `.${verb}_`)));
  return FORMS.filter((form) =>
    may(form === 'condition' ? 'flags.flag' : form === 'producer' ? 'producers.producer' : `teams.${form}`),
  );
}

interface Asked extends UsageFilter {
  readonly year: string;
  readonly month: string;
  readonly day: string;
}

const pad = (n: number): string => String(n).padStart(2, '0');
const lastOf = (year: string, month: string): number => new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();

/** What the address asks for; what is no date is left out. */
function asked(req: Request): Asked {
  const number = (name: string, least: number, most: number): string => {
    const value = Number(/^\d{1,4}$/.exec(queryText(req, name))?.[0] ?? Number.NaN);
    return value >= least && value <= most ? pad(value) : '';
  };
  const year = number('year', 2000, 2999);
  const month = year === '' ? '' : number('month', 1, 12);
  const day = month === '' ? '' : number('day', 1, lastOf(year, month));
  const [, form = '', name = ''] = /^([a-z]+):([\w.:-]{1,100})$/.exec(queryText(req, 'flag')) ?? [];
  const known = FORMS.find((each) => each === form);
  const variant = queryText(req, 'variant').slice(0, 100);
  return {
    forms: formsOf(viewerOf(req)),
    flag: known === undefined ? undefined : { form: known, name },
    variant: variant === '' ? undefined : variant,
    year,
    month,
    day,
    ...spanOf(year, month, day),
  };
}

function spanOf(year: string, month: string, day: string): Pick<UsageFilter, 'days' | 'step'> {
  if (day !== '') return { days: [`${year}-${month}-${day}`, `${year}-${month}-${day}`], step: 'hour' };
  if (month !== '') return { days: [`${year}-${month}-01`, `${year}-${month}-${lastOf(year, month)}`], step: 'day' };
  if (year !== '') return { days: [`${year}-01-01`, `${year}-12-31`], step: 'month' };
  return { step: 'year' };
}

/** The only part that there is, looked at more closely: one bar for all would tell nothing. */
const closer = (state: Asked, year: string, month = ''): Asked => ({
  ...state,
  year,
  month,
  ...spanOf(year, month, ''),
});

type Where = Partial<Record<'flag' | 'variant' | 'year' | 'month' | 'day', string>>;

const whereOf = ({ flag, variant, year, month, day }: Asked): Where => ({
  ...(flag && { flag: `${flag.form}:${flag.name}` }),
  ...(variant && { variant }),
  ...(year && { year }),
  ...(month && { month }),
  ...(day && { day }),
});

function addressOf(where: Where, path = USAGE_URL): string {
  const query = new URLSearchParams(Object.entries(where).filter(([, value]) => value !== ''));
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** All parts of a stretch of time, with and without counts, and what each is called. */
function partsOf({ step, year, month, days }: Asked, found: readonly string[]): { key: string; text: string }[] {
  if (step === 'hour')
    return Array.from({ length: 24 }, (_, hour) => ({ key: `${days?.[0]}T${pad(hour)}`, text: `${pad(hour)}:00` }));
  if (step === 'day')
    return Array.from({ length: lastOf(year, month) }, (_, index) => ({
      key: `${year}-${month}-${pad(index + 1)}`,
      text: String(index + 1),
    }));
  if (step === 'month')
    return Array.from({ length: 12 }, (_, index) => ({
      key: `${year}-${pad(index + 1)}`,
      text: SHORT_MONTH.format(Date.UTC(2000, index)),
    }));
  return [...new Set(found)].sort().map((key) => ({ key, text: key }));
}

const dateOf = ({ year, month, day }: Asked): Date =>
  new Date(Date.UTC(Number(year), Number(month || 1) - 1, Number(day || 1)));

/** The steps down to years, months and days that have counts, and back up to `top`, as Django's date hierarchy. */
function hierarchy(state: Asked, found: readonly string[], top: Step) {
  const where = whereOf(state);
  const { step, year, month, day } = state;
  const unique = [...new Set(found)].sort();
  const { year: _year, month: _month, day: _day, ...always } = where;
  if (step === 'year')
    return { back: null, items: unique.map((key) => ({ text: key, href: addressOf({ ...always, year: key }) })) };
  if (step === 'month')
    return {
      back: top === 'month' ? null : { text: 'All dates', href: addressOf(always) },
      items: unique.map((key) => ({
        text: `${MONTH.format(new Date(`${key}-01T00:00Z`))} ${year}`,
        href: addressOf({ ...always, year, month: key.slice(5) }),
      })),
    };
  if (step === 'day')
    return {
      back: top === 'day' ? null : { text: year, href: addressOf({ ...always, year }) },
      items: unique.map((key) => ({
        text: DAY.format(new Date(`${key}T00:00Z`)),
        href: addressOf({ ...always, year, month, day: key.slice(8) }),
      })),
    };
  return {
    back: { text: `${MONTH.format(dateOf(state))} ${year}`, href: addressOf({ ...always, year, month }) },
    items: [{ text: DAY.format(dateOf(state)), href: addressOf({ ...always, year, month, day }), current: true }],
  };
}

const PERIODS: Readonly<Record<Step, string>> = { year: 'year', month: 'month', day: 'day', hour: 'hour' };

function titleOf(state: Asked): string {
  const { step, year } = state;
  if (step === 'year') return 'of all time';
  if (step === 'month') return `in ${year}`;
  return step === 'day' ? `in ${MONTH.format(dateOf(state))} ${year}` : `on ${DAY.format(dateOf(state))}, ${year}`;
}

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
        step: PERIODS[state.step],
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
