import type { RequestHandler } from 'express';
import { frame, noStore } from '../admin';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { conditionFlagAdmin } from './admin';
import { crumbs } from './admin-pages';
import { badgeOf, type FlagPages, LIST_URL, pageUrl } from './admin-view';
import type { NamedFlag } from './manager';
import { ORIGIN_WORDS, type Origin } from './types';

const PER_PAGE = 100;
const STANDINGS = { on: 'On for everyone', partial: 'On for some', off: 'Off' } as const;

interface ListState {
  readonly q: string;
  readonly standing: string;
  readonly origin: string;
}

const addressOf = (state: ListState): string => {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== ''));
  return query.size === 0 ? LIST_URL : `${LIST_URL}?${query.toString()}`;
};

/** Whether a flag has every word of a search in its name or its description. */
function isFound({ name, info }: NamedFlag, q: string): boolean {
  const text = `${name} ${info?.description ?? ''}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The choices of a filter with how many each would leave. */
function filterView<K extends string>(
  title: string,
  key: 'standing' | 'origin',
  words: Readonly<Record<K, string>>,
  state: ListState,
  count: (value: string) => number,
) {
  const choice = (value: string, text: string) => ({
    text,
    href: addressOf({ ...state, [key]: value }),
    current: state[key] === value,
    count: count(value),
  });
  return {
    key,
    title,
    choices: [choice('', 'All'), ...Object.entries<string>(words).map(([value, text]) => choice(value, text))],
  };
}

/** All flags by conditions, from memory: their state in words, where they come from, and when they were changed. */
export const showFlags =
  (pages: FlagPages): RequestHandler =>
  (req, res) => {
    const known = (value: string, words: object) => (Object.hasOwn(words, value) ? value : '');
    const state: ListState = {
      q: queryText(req, 'q').trim().slice(0, 200),
      standing: known(queryText(req, 'standing'), STANDINGS),
      origin: known(queryText(req, 'origin'), ORIGIN_WORDS),
    };
    const found = pages.flags.list().filter((flag) => isFound(flag, state.q));
    const fits = (flag: NamedFlag, { standing, origin }: Pick<ListState, 'standing' | 'origin'>) =>
      (standing === '' || flag.standing === standing) && (origin === '' || flag.origins.includes(origin as Origin));
    const left = (wanted: Partial<ListState>) => found.filter((flag) => fits(flag, { ...state, ...wanted })).length;
    const shown = found.filter((flag) => fits(flag, state));
    const last = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    const page = Math.min(last, Number(/^[1-9]\d{0,5}$/.exec(queryText(req, 'p'))?.[0] ?? 1));
    noStore(res);
    respond(req, res, {
      page: 'views/flags/list.njk',
      partial: 'partials/flags/list.njk',
      data: {
        ...frame(pages, req, crumbs(pages), conditionFlagAdmin),
        can: pages.site.abilities(conditionFlagAdmin, viewerOf(req)),
        listUrl: LIST_URL,
        ...state,
        hidden: Object.fromEntries(Object.entries(state).filter(([name, value]) => name !== 'q' && value !== '')),
        clearSearchHref: addressOf({ ...state, q: '' }),
        isFiltered: addressOf(state) !== LIST_URL,
        filterCount: [state.standing, state.origin].filter((value) => value !== '').length,
        filters: [
          filterView('state', 'standing', STANDINGS, state, (standing) => left({ standing })),
          filterView('source', 'origin', ORIGIN_WORDS, state, (origin) => left({ origin })),
        ],
        rows: shown.slice((page - 1) * PER_PAGE, page * PER_PAGE).map((flag) => ({
          name: flag.name,
          href: pageUrl(flag.name),
          description: flag.info?.description ?? '',
          badge: badgeOf(flag),
          state: flag.state,
          kind: flag.kind,
          origins: flag.origins.map((origin) => ORIGIN_WORDS[origin]).join(', '),
          changed: flag.info === undefined ? null : new Date(flag.info.modifiedAt),
          faults: flag.reads.filter(({ read }) => !read.ok).length,
        })),
        total: shown.length,
        pageNumber: page,
        pages: last,
        perPage: PER_PAGE,
        pagerUrl: addressOf(state),
      },
    });
  };
