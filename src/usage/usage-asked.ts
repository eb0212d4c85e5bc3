import type { Request } from 'express';
import { hasPermission, type Viewer } from '../lib/viewer';
import { queryText, viewerOf } from '../web/request';
import { FORMS, type Form } from './form';
import type { UsageFilter } from './queries-usage';

export const USAGE_URL = '/admin/flags/usage/';

/** Whose use a person may look at: of forms whose flags they may look at. */
function formsOf(viewer: Viewer): Form[] {
  const may = (model: string) =>
    ['view', 'change'].some((verb) => hasPermission(viewer, model.replace('.', `.${verb}_`)));
  return FORMS.filter((form) =>
    may(form === 'condition' ? 'flags.flag' : form === 'producer' ? 'producers.producer' : `teams.${form}`),
  );
}

/** What a page of usage shows. */
export interface Asked extends UsageFilter {
  readonly year: string;
  readonly month: string;
  readonly day: string;
}

/** A number as dates have it. */
export const pad = (n: number): string => String(n).padStart(2, '0');
/** The last day of a month. */
export const lastOf = (year: string, month: string): number =>
  new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();

/** What the address asks for; what is no date is left out. */
export function asked(req: Request): Asked {
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
export const closer = (state: Asked, year: string, month = ''): Asked => ({
  ...state,
  year,
  month,
  ...spanOf(year, month, ''),
});

export type Where = Partial<Record<'flag' | 'variant' | 'year' | 'month' | 'day', string>>;

/** What of it an address tells. */
export const whereOf = ({ flag, variant, year, month, day }: Asked): Where => ({
  ...(flag && { flag: `${flag.form}:${flag.name}` }),
  ...(variant && { variant }),
  ...(year && { year }),
  ...(month && { month }),
  ...(day && { day }),
});

/** The address of a page of usage, or of another `path` that takes the same. */
export function addressOf(where: Where, path = USAGE_URL): string {
  const query = new URLSearchParams(Object.entries(where).filter(([, value]) => value !== ''));
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
