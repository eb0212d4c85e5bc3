import type { Knex } from 'knex';

/** A piece of SQL with its values; the text comes from our code alone, what people type stands in `bindings`. */
export interface Sql {
  readonly text: string;
  readonly bindings: readonly Knex.RawBinding[];
}

export const sql = (text: string, ...bindings: Knex.RawBinding[]): Sql => ({ text, bindings });

const joined = (parts: readonly Sql[], word: string, empty: string): Sql =>
  parts.length === 0
    ? sql(empty)
    : { text: parts.map((part) => `(${part.text})`).join(word), bindings: parts.flatMap((part) => [...part.bindings]) };

/** All of them; of none, true. */
export const and = (parts: readonly Sql[]): Sql => joined(parts, ' and ', '1 = 1');

/** Any of them; of none, false. */
export const or = (parts: readonly Sql[]): Sql => joined(parts, ' or ', '1 = 0');

/** Whether the condition holds for a row, as a column of its own. */
export const asColumn = ({ text, bindings }: Sql, alias: string): Sql => ({
  text: ['(', text, ') as ??'].join(''),
  bindings: [...bindings, alias],
});

/** How many rows the condition holds for, as a column of its own. */
export const countWhen = (condition: Sql, alias: string): Sql => ({
  text: ['count(*) filter (where', condition.text, ') as ??'].join(' '),
  bindings: [...condition.bindings, alias],
});

/** The ids of the rows that the condition holds for, unless there are more than `most`: an array, or on SQLite its JSON. */
export const idsWhen = (condition: Sql, most: number, alias: string, postgres: boolean): Sql => ({
  text: [
    'case when count(*) filter (where',
    condition.text,
    `) <= ? then ${postgres ? 'array_agg' : 'json_group_array'}(t.id) filter (where`,
    condition.text,
    ') end as ??',
  ].join(' '),
  bindings: [...condition.bindings, most, ...condition.bindings, alias],
});

export const toRaw = (db: Knex, part: Sql): Knex.Raw => db.raw(part.text, [...part.bindings]);
