import type { Column, ModelAdmin } from './declare';
import type { Filter, FilterChoice } from './filters';
import { MAX_SEARCH } from './search';
import { sql } from './sql';

export interface Order {
  /** Place of the column in the list, from 1, as the address counts. */
  readonly position: number;
  readonly direction: 'asc' | 'desc';
}

/** A stretch of time chosen in the date hierarchy. */
export interface DatePart {
  readonly year: number;
  readonly month: number | undefined;
  readonly day: number | undefined;
}

/** A list as its address describes it. */
export interface ListState {
  readonly q: string;
  /** The chosen line of each filter that is in use, by the filter's key. */
  readonly chosen: ReadonlyMap<string, FilterChoice>;
  readonly date: DatePart | undefined;
  readonly order: readonly Order[];
  readonly page: number;
  readonly all: boolean;
  /** Names in the address that mean nothing here. */
  readonly dropped: readonly string[];
}

/** The columns of a list, fields and computed ones alike. */
export interface ListColumn {
  readonly key: string;
  readonly label: string;
  /** The SQL column it sorts by; undefined when it cannot. */
  readonly sort: string | undefined;
  readonly nullable: boolean;
  readonly computed: Column | undefined;
}

const NULLABLE = ['integer', 'decimal', 'datetime', 'foreignKey', 'nullableBoolean'];

/** The declared columns with what each sorts by. Secret fields and link tables never sort. */
export function listColumns(admin: ModelAdmin): ListColumn[] {
  return admin.listDisplay.map((entry) => {
    if (typeof entry !== 'string') {
      const sort = entry.orderBy === undefined ? undefined : `t.${entry.orderBy}`;
      const field = entry.orderBy === undefined ? undefined : admin.model.fields[entry.orderBy];
      return {
        key: entry.key,
        label: entry.label,
        sort,
        nullable: NULLABLE.includes(field?.kind ?? ''),
        computed: entry,
      };
    }
    const field = admin.model.fields[entry];
    const sortable = field !== undefined && field.kind !== 'manyToMany' && !field.secret;
    const label = field?.label ?? (entry === 'id' ? 'Id' : entry);
    return {
      key: entry,
      label,
      sort: sortable ? `t.${entry}` : undefined,
      nullable: NULLABLE.includes(field?.kind ?? ''),
      computed: undefined,
    };
  });
}

const wholeNumber = (text: string, min: number, max: number): number | undefined => {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
};

function parseOrder(text: string, columns: readonly ListColumn[]): Order[] | undefined {
  const seen = new Set<number>();
  const orders: Order[] = [];
  for (const part of text.split('.')) {
    const match = /^(-?)(\d{1,3})$/.exec(part);
    const position = Number(match?.[2] ?? 0);
    if (match === null || columns[position - 1]?.sort === undefined || seen.has(position)) return undefined;
    seen.add(position);
    orders.push({ position, direction: match[1] === '-' ? 'desc' : 'asc' });
  }
  return orders;
}

function chosenLine(filter: Filter, param: string, value: string, now: Date): FilterChoice | undefined {
  if (filter.related === undefined) {
    return filter.choices(now).find((choice) => choice.param === param && choice.value === value);
  }
  const id = wholeNumber(value, 1, 2_147_483_647);
  if (id === undefined) return undefined;
  return { text: `#${id}`, param, value: String(id), where: sql('?? = ?', `t.${filter.related.field}`, id) };
}

function parseDate(
  admin: ModelAdmin,
  params: ReadonlyMap<string, string>,
): { date: DatePart | undefined; bad: string[] } {
  const name = admin.dateHierarchy;
  if (name === undefined) return { date: undefined, bad: [] };
  const read = (part: string, min: number, max: number) => {
    const text = params.get(`${name}__${part}`);
    return text === undefined ? undefined : wholeNumber(text, min, max);
  };
  const given = ['year', 'month', 'day'].map((part) => `${name}__${part}`).filter((param) => params.has(param));
  const year = read('year', 1970, 9999);
  const month = read('month', 1, 12);
  const day = read('day', 1, 31);
  const depth = [year, month, day].indexOf(undefined);
  if (given.length === 0) return { date: undefined, bad: [] };
  if (year === undefined || given.length !== (depth === -1 ? 3 : depth)) return { date: undefined, bad: given };
  return { date: { year, month, day }, bad: [] };
}

/** The parameters of an address: the last of repeated ones; names that occur as something else than text are left out. */
export function addressParams(query: Record<string, unknown>): Map<string, string> {
  const params = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof last === 'string') params.set(name, last);
  }
  return params;
}

/** Reads a list's address. What it does not know is named in `dropped` and otherwise ignored. */
export function parseListState(
  admin: ModelAdmin,
  filters: readonly Filter[],
  params: ReadonlyMap<string, string>,
  now: Date,
): ListState {
  const dropped: string[] = [];
  const chosen = new Map<string, FilterChoice>();
  const { date, bad } = parseDate(admin, params);
  dropped.push(...bad);
  let order: Order[] = [];
  let page = 1;
  for (const [name, value] of params) {
    const filter = filters.find((each) => each.params.includes(name));
    if (name === 'q' || name === 'all') continue;
    if (name === 'o') {
      const parsed = value === '' ? [] : parseOrder(value, listColumns(admin));
      if (parsed === undefined) dropped.push(name);
      order = parsed ?? [];
    } else if (name === 'p') {
      const parsed = wholeNumber(value, 1, 1_000_000);
      if (parsed === undefined) dropped.push(name);
      page = parsed ?? 1;
    } else if (filter !== undefined) {
      const line = chosenLine(filter, name, value, now);
      if (line === undefined || chosen.has(filter.key)) dropped.push(name);
      else chosen.set(filter.key, line);
    } else if (
      !(
        admin.dateHierarchy !== undefined &&
        name.startsWith(`${admin.dateHierarchy}__`) &&
        !bad.includes(name) &&
        date !== undefined
      )
    ) {
      if (!dropped.includes(name)) dropped.push(name);
    }
  }
  const q = (params.get('q') ?? '').slice(0, MAX_SEARCH).replaceAll('\u0000', '').trim();
  return { q, chosen, date, order, page, all: params.has('all'), dropped };
}

/** The address's query for a state with some parts replaced; `null` takes a part away. Every change goes to page one. */
export function listQuery(
  admin: ModelAdmin,
  state: ListState,
  change: {
    q?: string;
    filter?: { key: string; choice: FilterChoice | null };
    order?: readonly Order[];
    page?: number;
    all?: boolean;
    date?: DatePart | null;
    noFilters?: boolean;
  } = {},
): string {
  const params = new URLSearchParams();
  const q = change.q ?? state.q;
  if (q !== '') params.set('q', q);
  if (change.noFilters !== true) {
    const chosen = new Map(state.chosen);
    if (change.filter !== undefined) {
      chosen.delete(change.filter.key);
      if (change.filter.choice !== null) chosen.set(change.filter.key, change.filter.choice);
    }
    for (const choice of chosen.values()) params.set(choice.param, choice.value);
    const date = change.date === undefined ? state.date : change.date;
    if (date) {
      for (const part of ['year', 'month', 'day'] as const) {
        if (date[part] !== undefined) params.set(`${admin.dateHierarchy}__${part}`, String(date[part]));
      }
    }
  }
  const order = change.order ?? state.order;
  if (order.length > 0)
    params.set('o', order.map(({ position, direction }) => (direction === 'desc' ? '-' : '') + position).join('.'));
  if (change.all ?? state.all) params.set('all', '');
  if ((change.page ?? 1) > 1) params.set('p', String(change.page));
  const text = params.toString();
  return text === '' ? '?' : `?${text}`;
}

/** The first moment of a date part and the first moment after it. */
export function dateRange({ year, month, day }: DatePart): [Date, Date] {
  const from = new Date(Date.UTC(year, (month ?? 1) - 1, day ?? 1));
  const to =
    month === undefined
      ? new Date(Date.UTC(year + 1, 0, 1))
      : day === undefined
        ? new Date(Date.UTC(year, month, 1))
        : new Date(Date.UTC(year, month - 1, day + 1));
  return [from, to];
}
