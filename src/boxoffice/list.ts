import type { Request } from 'express';
import { queryText } from '../web/request';
import type { ListWish, Page } from './queries';

/** Rows on one page of a list. */
export const PER_PAGE = 25;
/** Most pages that an address may name; further rows are found by searching. */
const MOST_PAGES = 10_000;

interface ListKind {
  readonly url: string;
  /** What rows are called. */
  readonly noun: string;
  readonly nounPlural: string;
  /** Choices of the filter by status. */
  readonly filters: readonly { readonly value: string; readonly text: string }[];
  readonly columns: readonly {
    readonly key: string;
    readonly text: string;
    readonly sorts?: boolean;
    readonly align?: 'number';
  }[];
}

export type ListState = Omit<ListWish, 'limit' | 'offset'> & { readonly page: number };

/** What the address wishes of a list; what it does not know is as if it were not there. */
export function listState(req: Request, kind: ListKind): ListState {
  const filter = queryText(req, 'status');
  const order = queryText(req, 'o');
  const key = order.replace(/^-/, '');
  const sorts = kind.columns.some((column) => column.key === key && column.sorts === true);
  const page = Number(queryText(req, 'p'));
  return {
    q: queryText(req, 'q').trim().slice(0, 200),
    filter: kind.filters.some(({ value }) => value === filter) ? filter : '',
    order: sorts ? key : '',
    descending: sorts && order.startsWith('-'),
    page: Number.isInteger(page) && page > 0 && page <= MOST_PAGES ? page : 1,
  };
}

/** What queries need to know of it. */
export const wishOf = ({ page, ...state }: ListState): ListWish => ({
  ...state,
  limit: PER_PAGE,
  offset: (page - 1) * PER_PAGE,
});

function addressOf(kind: ListKind, { q, filter, order, descending }: Omit<ListState, 'page'>): string {
  const query = new URLSearchParams();
  if (q !== '') query.set('q', q);
  if (filter !== '') query.set('status', filter);
  if (order !== '') query.set('o', `${descending ? '-' : ''}${order}`);
  const text = query.toString();
  return text === '' ? kind.url : `${kind.url}?${text}`;
}

/** What the list partials take: rows, counts and all addresses that lead from here. */
export function listData<T>(kind: ListKind, state: ListState, page: Page<T>): Record<string, unknown> {
  const { q, filter, order, descending } = state;
  const query = addressOf(kind, state).slice(kind.url.length);
  return {
    kind,
    q,
    rows: page.rows,
    total: page.total,
    filtered: q !== '' || filter !== '',
    page: state.page,
    pages: Math.max(1, Math.ceil(page.total / PER_PAGE)),
    perPage: PER_PAGE,
    listUrl: kind.url,
    pagerUrl: addressOf(kind, state),
    exportQuery: query,
    filterCount: filter === '' ? 0 : 1,
    clearFilterHref: addressOf(kind, { ...state, filter: '' }),
    clearSearchHref: addressOf(kind, { ...state, q: '' }),
    hidden: Object.fromEntries(
      [
        ['status', filter],
        ['o', order === '' ? '' : `${descending ? '-' : ''}${order}`],
      ].filter(([, value]) => value !== ''),
    ),
    choices: [{ value: '', text: 'All' }, ...kind.filters].map(({ value, text }) => ({
      text,
      href: addressOf(kind, { ...state, filter: value }),
      count: page.counts[value === '' ? 'everything' : value] ?? 0,
      current: value === filter,
    })),
    columns: kind.columns.map(({ key, text, sorts, align }) => ({
      key,
      text,
      align,
      sorted: order === key ? (descending ? 'descending' : 'ascending') : undefined,
      href:
        sorts === true
          ? addressOf(kind, { ...state, order: key, descending: order === key && !descending })
          : undefined,
    })),
  };
}
