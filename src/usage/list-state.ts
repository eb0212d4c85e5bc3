import type { Request } from 'express';
import { queryText } from '../web/request';
import { HEALTH_WORDS, HEALTHS, type Health } from './health';
import { type Entry, type Kind, SOURCES, type Source } from './inventory';

export const LIST_URL = '/admin/flags/flag/';

/** The parts of the list: everything in use, what may go, one health, what was put away. */
export const VIEWS = ['', 'clean-up', ...HEALTHS, 'archived'] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_WORDS: Readonly<Record<View, string>> = {
  '': 'All',
  'clean-up': 'Clean-up',
  ...HEALTH_WORDS,
  unknown: 'Unknown',
  never: 'Never asked',
  archived: 'Archived',
};

export const STANDINGS = { on: 'On for everyone', partial: 'On for some', off: 'Off' } as const;
export const KINDS: Readonly<Record<Kind, string>> = {
  boolean: 'Boolean',
  user: 'User',
  percent: 'Percent',
  time: 'Time',
  mixed: 'Mixed',
};

/** What the address of the list asks for. */
export interface ListState {
  readonly q: string;
  readonly health: View;
  readonly standing: '' | keyof typeof STANDINGS;
  readonly kind: '' | Kind;
  readonly origin: '' | Source;
}

/** Reads it; what means nothing is left out. */
export function readState(text: (name: string) => string): ListState {
  const among = <K extends string>(name: string, values: readonly K[]): K | '' =>
    values.find((value) => value === text(name)) ?? '';
  return {
    q: text('q').trim().slice(0, 200),
    health: among('health', VIEWS),
    standing: among('standing', Object.keys(STANDINGS) as (keyof typeof STANDINGS)[]),
    kind: among('kind', Object.keys(KINDS) as Kind[]),
    origin: among('origin', Object.keys(SOURCES) as Source[]),
  };
}

export const stateOf = (req: Request): ListState => readState((name) => queryText(req, name));

/** The list's state in a query that a form carried. */
export function stateIn(query: unknown): ListState {
  const params = new URLSearchParams(typeof query === 'string' && query.length <= 2_000 ? query : '');
  return readState((name) => params.get(name) ?? '');
}

/** The address of the list in a state. */
export function addressOf(state: ListState): string {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== ''));
  return query.size === 0 ? LIST_URL : `${LIST_URL}?${query.toString()}`;
}

/** Whether a flag has every word of a search in its name or its note. */
const isFound = ({ name, note }: Entry, words: readonly string[]): boolean => {
  const text = `${name} ${note}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

const isInView = ({ health, isArchived }: Entry, view: View): boolean => {
  if (view === 'archived') return isArchived;
  if (isArchived) return false;
  return view === '' || (view === 'clean-up' ? health !== 'active' : health === view);
};

/** The flags that a state leaves, the gravest first where flags are to be cleaned up. */
export function select(entries: readonly Entry[], state: ListState): Entry[] {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const left = entries.filter(
    (entry) =>
      isInView(entry, state.health) &&
      (state.standing === '' || entry.standing === state.standing) &&
      (state.kind === '' || entry.kind === state.kind) &&
      (state.origin === '' || entry.sources.includes(state.origin)) &&
      isFound(entry, words),
  );
  const rank = (health: Health) => HEALTHS.indexOf(health);
  return state.health === 'clean-up' ? left.sort((a, b) => rank(a.health) - rank(b.health)) : left;
}
