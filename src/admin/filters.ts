import type { AnyModel, Field } from '../model';
import { type Sql, sql } from './sql';

/** One line of a filter: what it is called, how the address says it, and which rows it keeps. */
export interface FilterChoice {
  readonly text: string;
  readonly param: string;
  readonly value: string;
  readonly where: Sql;
  /** The same in other words that every row can be tried by in less time; `where` is what an index may help with. */
  readonly counted?: Sql;
}

/** A filter of a list. `params` are the address's names that belong to it. */
export interface Filter {
  readonly key: string;
  readonly title: string;
  readonly params: readonly string[];
  /** The fixed choices; a filter over related rows has none and lists what the rows hold. */
  choices(now: Date): readonly FilterChoice[];
  readonly related: { readonly field: string; readonly model: string } | undefined;
  /** Whether every row belongs to exactly one of the choices, so that the last one's count follows from the others. */
  readonly exhaustive: boolean;
  /**
   * The one table that the conditions look at: the list's own, `t`, or one that is joined to it (see `listJoins`), of which
   * all choices but the last need a row.
   */
  readonly of: string;
}

const DAY = 24 * 60 * 60 * 1000;

const make = (
  key: string,
  title: string,
  params: string[],
  choices: Filter['choices'],
  { related, exhaustive = false, of = 't' }: { related?: Filter['related']; exhaustive?: boolean; of?: string } = {},
): Filter => ({
  key,
  title,
  params,
  choices,
  related,
  exhaustive,
  of,
});

function booleanFilter(name: string, field: Field): Filter {
  const exact = `${name}__exact`;
  const isNull = `${name}__isnull`;
  const [unknown, yes, no] = field.choices;
  // Written out: SQLite would load a bound value anew for every row and count.
  const choices: FilterChoice[] = [
    { text: yes?.text ?? 'Yes', param: exact, value: '1', where: sql('?? = true', `t.${name}`) },
    { text: no?.text ?? 'No', param: exact, value: '0', where: sql('?? = false', `t.${name}`) },
  ];
  if (field.kind === 'nullableBoolean') {
    choices.push({
      text: unknown?.text ?? 'Unknown',
      param: isNull,
      value: '1',
      where: sql('?? is null', `t.${name}`),
    });
  }
  return make(name, field.label, [exact, isNull], () => choices, { exhaustive: true });
}

function choiceFilter(name: string, field: Field): Filter {
  const param = `${name}__exact`;
  return make(name, field.label, [param], () =>
    field.choices.map(({ value, text }) => ({ text, param, value, where: sql('?? = ?', `t.${name}`, value) })),
  );
}

function dateFilter(name: string, field: Field): Filter {
  const param = `${name}__since`;
  const since = (text: string, value: string, from: Date): FilterChoice => ({
    text,
    param,
    value,
    where: sql('?? >= ?', `t.${name}`, from.toISOString()),
    // By its declared type SQLite would try to read both sides as numbers, for each row; an expression has no type.
    counted: sql('coalesce(??, null) >= ?', `t.${name}`, from.toISOString()),
  });
  return make(name, field.label, [param], (now) => {
    const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
    return [
      since('Today', 'today', today),
      since('Past 7 days', 'week', new Date(today.getTime() - 6 * DAY)),
      since('This month', 'month', new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1))),
      since('This year', 'year', new Date(Date.UTC(now.getUTCFullYear(), 0, 1))),
    ];
  });
}

function relatedFilter(name: string, field: Field): Filter {
  return make(name, field.label, [`${name}__id__exact`], () => [], {
    related: { field: name, model: field.to ?? '' },
  });
}

/** Empty or not: for a column that may be null or a text that may be empty. */
export function emptyFilter(model: AnyModel, name: string): Filter {
  const field = model.fields[name];
  if (field === undefined) throw new Error(`${model.label} has no field ${name}`);
  const param = `${name}__isempty`;
  const textual = ['text', 'textarea', 'email', 'slug', 'choice'].includes(field.kind);
  const empty = textual ? sql("?? is null or ?? = ''", `t.${name}`, `t.${name}`) : sql('?? is null', `t.${name}`);
  return make(
    `${name}__isempty`,
    field.label,
    [param],
    () => [
      { text: 'Empty', param, value: '1', where: empty },
      { text: 'Not empty', param, value: '0', where: sql(`not (${empty.text})`, ...empty.bindings) },
    ],
    { exhaustive: true },
  );
}

/**
 * A filter of the feature's own: its choices with the SQL that each keeps. Columns of the list are addressed as `t.<name>`,
 * those of a joined table, which `of` then names, as `<of>.<name>`.
 */
export const customFilter = (
  param: string,
  title: string,
  choices: readonly { value: string; text: string; where: Sql }[],
  options: { exhaustive?: boolean; of?: string } = {},
): Filter => make(param, title, [param], () => choices.map((each) => ({ ...each, param })), options);

/** The filter that fits a field's kind. */
export function filterFor(model: AnyModel, name: string): Filter {
  const field = model.fields[name];
  if (field === undefined) throw new Error(`${model.label} has no field ${name}`);
  if (field.kind === 'boolean' || field.kind === 'nullableBoolean') return booleanFilter(name, field);
  if (field.kind === 'choice') return choiceFilter(name, field);
  if (field.kind === 'datetime') return dateFilter(name, field);
  if (field.kind === 'foreignKey') return relatedFilter(name, field);
  return emptyFilter(model, name);
}
