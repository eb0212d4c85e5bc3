import type { AnyRow } from '../model';
import type { ModelAdmin } from './declare';
import type { Filter, FilterChoice } from './filters';
import { type DatePart, type ListColumn, type ListState, listColumns, listQuery, type Order } from './list-state';
import { type ListPage, pageCount } from './queries-list';
import { sql } from './sql';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

interface Head {
  text: string;
  key: string;
  href: string | null;
  sorted: 'ascending' | 'descending' | null;
  priority: number | null;
  removeHref: string | null;
  numeric: boolean;
}

function heads(admin: ModelAdmin, state: ListState, columns: readonly ListColumn[]): Head[] {
  return columns.map((column, index) => {
    const position = index + 1;
    const place = state.order.findIndex((order) => order.position === position);
    const current = state.order[place];
    const others = state.order.filter((order) => order.position !== position);
    const next: Order = { position, direction: current?.direction === 'asc' ? 'desc' : 'asc' };
    return {
      text: column.label,
      key: column.key,
      href: column.sort === undefined ? null : listQuery(admin, state, { order: [next, ...others] }),
      sorted: current === undefined ? null : current.direction === 'asc' ? 'ascending' : 'descending',
      priority: current !== undefined && state.order.length > 1 ? place + 1 : null,
      removeHref: current === undefined ? null : listQuery(admin, state, { order: others }),
      numeric: cellKind(admin, column) === 'number',
    };
  });
}

/** One cell of the list, ready to be shown. */
interface Cell {
  key: string;
  label: string;
  kind: string;
  class: string;
  value: unknown;
  text: string;
  link: boolean;
  editable: boolean;
  template: string | null;
}

/** What tells a row apart: its title, and what it points to as far as the list shows it. */
function rowTitle({ model, listDisplay }: ModelAdmin, row: AnyRow): string {
  const pointed = listDisplay.map((key) => (typeof key === 'string' ? row[`${key}__title`] : undefined));
  const words = [model.title(row), ...pointed].filter((word) => typeof word === 'string' && word !== '');
  return words.join(', ') || `${model.noun} ${row.id}`;
}

function cellText(admin: ModelAdmin, row: AnyRow, key: string): string {
  const field = admin.model.fields[key];
  if (field?.kind === 'foreignKey') return String(row[`${key}__title`] ?? '');
  if (key === 'id' || field === undefined) return String(row[key] ?? '');
  const value = row[key];
  return value === null || value === '' ? '' : field.toWords(value);
}

function cellKind(admin: ModelAdmin, column: ListColumn): string {
  if (column.computed !== undefined) return column.computed.kind;
  const kind = admin.model.fields[column.key]?.kind ?? 'number';
  if (kind === 'boolean') return 'boolean';
  if (kind === 'datetime') return 'datetime';
  if (kind === 'textarea') return 'sentence';
  return kind === 'integer' || kind === 'decimal' ? 'number' : 'text';
}

const CELL_CLASSES: Readonly<Record<string, string>> = {
  number: 'ff-number',
  datetime: 'ff-nowrap',
  template: 'ff-nowrap',
  boolean: 'ff-nowrap',
  code: '',
  sentence: 'ff-col-sentence',
};

/** Makes the cells of a row; what is the same in every row is worked out once. */
function cellMaker(
  admin: ModelAdmin,
  columns: readonly ListColumn[],
  canChange: boolean,
): (row: AnyRow) => readonly Cell[] {
  const makers = columns.map((column) => {
    const { key, computed } = column;
    const kind = cellKind(admin, column);
    const same = {
      key,
      label: column.label,
      kind,
      class: CELL_CLASSES[kind] ?? 'ff-col-text',
      link: admin.listDisplayLinks.includes(key),
      editable: canChange && admin.listEditable.includes(key),
      template: computed?.template ?? null,
    };
    return (row: AnyRow): Cell => {
      const value = computed === undefined ? row[key] : computed.value(row);
      return { ...same, value, text: computed === undefined ? cellText(admin, row, key) : String(value ?? '') };
    };
  });
  return (row) => makers.map((make) => make(row));
}

interface FilterGroup {
  key: string;
  title: string;
  active: boolean;
  choices: { text: string; href: string; count: number | null; current: boolean }[];
}

function filterGroup(admin: ModelAdmin, state: ListState, filter: Filter, page: ListPage, now: Date): FilterGroup {
  const current = state.chosen.get(filter.key);
  const link = (choice: FilterChoice | null) => listQuery(admin, state, { filter: { key: filter.key, choice } });
  const isCurrent = (choice: FilterChoice) => current?.param === choice.param && current.value === choice.value;
  const lines =
    filter.related === undefined
      ? filter
          .choices(now)
          .map((choice) => ({ choice, count: page.counts.get(`${choice.param}=${choice.value}`) ?? null }))
      : (page.related.get(filter.key) ?? []).map(({ id, text, count }) => ({
          choice: { text, param: filter.params[0] ?? '', value: String(id), where: sql('1 = 1') },
          count,
        }));
  const choices = lines.map(({ choice, count }) => ({
    text: choice.text,
    href: link(choice),
    count,
    current: isCurrent(choice),
  }));
  if (current !== undefined && !choices.some((line) => line.current)) {
    choices.push({ text: current.text, href: link(current), count: 0, current: true });
  }
  return {
    key: filter.key,
    title: filter.title.replace(/^[A-Z](?![A-Z])/, (first) => first.toLowerCase()),
    active: current !== undefined,
    choices: [{ text: 'All', href: link(null), count: null, current: current === undefined }, ...choices],
  };
}

interface Dates {
  label: string;
  back: { text: string; href: string } | null;
  items: { text: string; href: string; current: boolean }[];
}

/** The line of years, months or days above a list. */
function dates(admin: ModelAdmin, state: ListState, parts: readonly number[]): Dates | null {
  if (admin.dateHierarchy === undefined) return null;
  const { date } = state;
  const link = (target: DatePart | null) => listQuery(admin, state, { date: target });
  const label = `By ${admin.model.fields[admin.dateHierarchy]?.label.toLowerCase() ?? 'date'}`;
  const named = (month: number) => MONTHS[month - 1] ?? String(month);
  if (date === undefined) {
    const years = [...new Set(parts.map((part) => Math.floor(part / 100)))];
    const items = years.map((year) => ({
      text: String(year),
      href: link({ year, month: undefined, day: undefined }),
      current: false,
    }));
    if (years.length !== 1) return { label, back: null, items };
    // A single year says nothing: its months do.
    const months = parts.map((part) => ({ year: Math.floor(part / 100), month: part % 100, day: undefined }));
    const monthly = months.map((part) => ({
      text: `${named(part.month)} ${part.year}`,
      href: link(part),
      current: false,
    }));
    return { label, back: null, items: monthly };
  }
  if (date.month === undefined) {
    const items = parts.map((month) => ({
      text: `${named(month)} ${date.year}`,
      href: link({ ...date, month }),
      current: false,
    }));
    return { label, back: { text: 'All dates', href: link(null) }, items };
  }
  const { month } = date;
  const items = parts.map((day) => ({
    text: `${named(month)} ${day}`,
    href: link({ ...date, day }),
    current: date.day === day,
  }));
  const up = date.day === undefined ? { ...date, month: undefined } : { ...date, day: undefined };
  return {
    label,
    back: { text: date.day === undefined ? String(date.year) : `${named(month)} ${date.year}`, href: link(up) },
    items,
  };
}

/** Everything the list template shows, from what was read. */
export function listView(
  admin: ModelAdmin,
  filters: readonly Filter[],
  state: ListState,
  page: ListPage,
  options: {
    now: Date;
    dateParts: readonly number[];
    canChange: boolean;
  },
): Record<string, unknown> {
  const columns = listColumns(admin);
  const cellsOf = cellMaker(admin, columns, options.canChange);
  const pages = pageCount(page.total, admin.listPerPage);
  const all = state.all && page.total <= admin.listMaxShowAll;
  return {
    columns: heads(admin, state, columns),
    rows: page.rows.map((row) => ({
      id: row.id,
      row,
      detail: admin.listDetail === undefined ? '' : String(row[admin.listDetail] ?? ''),
      title: rowTitle(admin, row),
      cells: cellsOf(row),
    })),
    total: page.total,
    page: all ? 1 : Math.min(state.page, pages),
    pages: all ? 1 : pages,
    perPage: all ? Math.max(1, page.total) : admin.listPerPage,
    pagerUrl: listQuery(admin, state, { page: 1 }),
    showAllHref:
      !all && pages > 1 && page.total <= admin.listMaxShowAll ? listQuery(admin, state, { all: true }) : null,
    filters: filters.map((filter) => filterGroup(admin, state, filter, page, options.now)),
    filterCount: state.chosen.size + (state.date === undefined ? 0 : 1),
    clearHref: listQuery(admin, state, { noFilters: true }),
    clearSearchHref: listQuery(admin, state, { q: '' }),
    resetHref: listQuery(admin, state, { q: '', noFilters: true }),
    dates: dates(admin, state, options.dateParts),
    q: state.q,
    filtered: state.q !== '' || state.chosen.size > 0 || state.date !== undefined,
    hidden: hiddenParams(admin, state),
    query: listQuery(admin, state, { page: state.page }),
  };
}

/** What a search form must send along so that filters and order stay. */
function hiddenParams(admin: ModelAdmin, state: ListState): Record<string, string> {
  const params = new URLSearchParams(listQuery(admin, state, { q: '' }).slice(1));
  return Object.fromEntries(params);
}
