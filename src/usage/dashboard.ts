import type { RequestHandler } from 'express';
import { type AdminParts, frame, noStore } from '../admin';
import { formatCount } from '../web/filters';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { ACTIONS } from './bulk';
import { HEALTH_WORDS } from './health';
import { type Entry, type InventoryParts, readInventory, SOURCES } from './inventory';
import {
  addressOf,
  KINDS,
  LIST_URL,
  type ListState,
  STANDINGS,
  select,
  stateOf,
  VIEW_WORDS,
  VIEWS,
} from './list-state';
import { countByDay } from './queries-dashboard';
import { dayOf } from './usage';
import { USAGE_URL } from './usage-asked';

export type DashboardParts = InventoryParts & AdminParts;

const PER_PAGE = 100;
const DAYS = 30;
const DAY_MS = 86_400_000;

export const crumbs = (parts: AdminParts, ...more: { text: string; href?: string }[]) => [
  { text: parts.site.sectionLabel('flags'), href: '/admin/flags/' },
  { text: 'Flags', ...(more.length > 0 ? { href: LIST_URL } : {}) },
  ...more,
];

/** The store that flags are read from, and what is to be said while it does not answer. */
function storeView({ snapshots }: InventoryParts) {
  const { storage, stale, scopes, sources } = snapshots.state();
  const flags = scopes.filter(({ scope }) => scope === 'global');
  const [first] = flags;
  const loaded = flags.map(({ loadedAt }) => loadedAt).filter((time) => time !== undefined);
  const oldest = loaded.sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
  const down = sources.filter(({ up }) => !up);
  return {
    name: storage,
    revision: first?.revision ?? null,
    loadedAt: oldest,
    isStale: stale,
    reason: flags.find(({ reason }) => reason !== undefined)?.reason ?? null,
    down: down.map(({ name }) => name),
  };
}

const WHERE: Readonly<Record<string, string>> = { flag: 'flag', switch: 'switch', sample: 'sample' };

function rowView(entry: Entry, days: readonly string[], counts: ReadonlyMap<string, number>) {
  const values = days.map((day) => counts.get(`${entry.form} ${entry.name} ${day}`) ?? 0);
  const total = values.reduce((sum, value) => sum + value, 0);
  const { sources, places, form, kind, health } = entry;
  const where = [...sources.map((source) => SOURCES[source]), ...places.map((place) => WHERE[place] ?? place)];
  return {
    ...entry,
    kind: kind === null ? null : KINDS[kind],
    where: where.join(' · '),
    badge: entry.standing === null ? null : { kind: entry.standing, text: BADGES[entry.standing] },
    health: { kind: HEALTH_BADGES[health], text: entry.isArchived ? 'Archived' : HEALTH_WORDS[health] },
    values,
    total,
    spark: `${formatCount(total, 'evaluation')} in ${DAYS} days, ${formatCount(values.at(-1) ?? 0, 'evaluation')} today`,
    usageHref: total > 0 ? `${USAGE_URL}?flag=${encodeURIComponent(`${form}:${entry.name}`)}` : null,
    isSelectable: entry.mayChange,
  };
}

const BADGES = { on: 'On', off: 'Off', partial: 'Partial' } as const;
const HEALTH_BADGES = {
  active: 'healthy',
  stale: 'stale',
  never: 'unused',
  unknown: 'unused',
  missing: 'risky',
} as const;

function filterView<K extends string>(
  title: string,
  key: 'standing' | 'kind' | 'origin',
  words: Readonly<Record<K, string>>,
  state: ListState,
  entries: readonly Entry[],
) {
  const choice = (value: string, text: string) => {
    const wanted = { ...state, [key]: value };
    return { text, href: addressOf(wanted), current: state[key] === value, count: select(entries, wanted).length };
  };
  const choices = Object.entries<string>(words).map(([value, text]) => choice(value, text));
  return { key, title, choices: [choice('', 'All'), ...choices.filter(({ count, current }) => count > 0 || current)] };
}

/** All flags of every form: what they do, how they fare, how often they are asked for. */
export const showDashboard =
  (parts: DashboardParts): RequestHandler =>
  async (req, res) => {
    const state = stateOf(req);
    const { entries, isComplete } = await readInventory(parts, viewerOf(req));
    const shown = select(entries, state);
    const last = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    const page = Math.min(last, Number(/^[1-9]\d{0,5}$/.exec(queryText(req, 'p'))?.[0] ?? 1));
    const onPage = shown.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    const now = parts.clock.now().getTime();
    const days = Array.from({ length: DAYS }, (_, index) => dayOf(new Date(now - (DAYS - 1 - index) * DAY_MS)));
    const counted = isComplete
      ? await countByDay(
          parts.db,
          onPage.map(({ name }) => name),
          days[0] ?? '',
        )
      : [];
    const counts = new Map(counted.map(({ form, name, day, evaluations }) => [`${form} ${name} ${day}`, evaluations]));
    const inView = (health: ListState['health']) => select(entries, { ...state, health }).length;
    noStore(res);
    respond(req, res, {
      page: 'views/flags/list.njk',
      partial: 'partials/flags/list.njk',
      data: {
        ...frame(parts, req, crumbs(parts), parts.site.find('flags.flag')),
        can: { add: viewerOf(req).isSuperuser || viewerOf(req).permissions.has('flags.add_flag') },
        listUrl: LIST_URL,
        usageUrl: USAGE_URL,
        store: storeView(parts),
        isComplete,
        ...state,
        hidden: Object.fromEntries(Object.entries(state).filter(([name, value]) => name !== 'q' && value !== '')),
        clearSearchHref: addressOf({ ...state, q: '' }),
        clearFiltersHref: addressOf({ ...state, standing: '', kind: '', origin: '' }),
        isFiltered: addressOf(state) !== LIST_URL,
        filterCount: [state.standing, state.kind, state.origin].filter((value) => value !== '').length,
        views: VIEWS.map((view) => ({
          text: VIEW_WORDS[view],
          href: addressOf({ ...state, health: view }),
          current: state.health === view,
          count: inView(view),
        })).filter(({ count, current, text }) => count > 0 || current || text === 'All' || text === 'Clean-up'),
        filters: [
          filterView('state', 'standing', STANDINGS, state, entries),
          filterView('kind', 'kind', KINDS, state, entries),
          filterView('source', 'origin', SOURCES, state, entries),
        ],
        rows: onPage.map((entry) => rowView(entry, days, counts)),
        actions: entries.some(({ mayChange }) => mayChange)
          ? Object.entries(ACTIONS)
              .filter(
                ([name]) =>
                  (name === 'unarchive') === (state.health === 'archived') || name === 'enable' || name === 'disable',
              )
              .map(([value, { label }]) => ({ value, text: label }))
          : [],
        selectionUrl: `${LIST_URL}selection/`,
        query: addressOf(state).slice(LIST_URL.length),
        total: shown.length,
        pageNumber: page,
        pages: last,
        perPage: PER_PAGE,
        pagerUrl: addressOf(state),
        staleDays: parts.config.usage.staleDays,
      },
    });
  };
