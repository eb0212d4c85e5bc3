import type { Field } from './fields';

export type Fields = Record<string, Field<never> | Field>;

/** The value type of a field. */
export type ValueOf<F> = F extends { initial(): infer T } ? T : never;

/** A row of a model: its id and the value of each field. */
export type Row<F> = { id: number } & { -readonly [K in keyof F]: ValueOf<F[K]> };

/** A table as the product sees it. */
export interface Model<F = Record<string, Field>> {
  /** `app.model`, as in addresses and permission names. */
  readonly label: string;
  readonly app: string;
  readonly name: string;
  readonly table: string;
  /** Singular and plural, in lower case. */
  readonly noun: string;
  readonly nounPlural: string;
  readonly fields: F;
  /** Columns from which a row is recognised: shown, and searched when one is chosen. */
  readonly titleColumns: readonly string[];
  title(row: Row<F>): string;
}

interface ModelOptions<F> {
  table: string;
  noun: string;
  nounPlural?: string;
  titleColumns: readonly (keyof F & string)[];
  title?(row: Row<F>): string;
  fields: F;
}

const humanize = (name: string): string => {
  const words = name.replace(/_/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** Declares a model. A field without a label is called after its name. */
// biome-ignore lint/suspicious/noExplicitAny: a field of any value type fits here; the result keeps each one's own
export function model<const F extends Record<string, Field<any>>>(label: string, options: ModelOptions<F>): Model<F> {
  const [app = '', name = ''] = label.split('.');
  const fields = Object.fromEntries(
    Object.entries(options.fields).map(([key, field]) => [
      key,
      field.label === '' ? { ...field, label: humanize(key) } : field,
    ]),
  ) as F;
  return Object.freeze({
    label,
    app,
    name,
    table: options.table,
    noun: options.noun,
    nounPlural: options.nounPlural ?? `${options.noun}s`,
    titleColumns: options.titleColumns,
    title:
      options.title ??
      ((row: Row<F>) =>
        options.titleColumns
          .map((column) => String(row[column as keyof Row<F>] ?? ''))
          .join(' ')
          .trim()),
    fields,
  });
}

/** A model whose field types do not matter here. */
export type AnyModel = Model<Record<string, Field>>;
export type AnyRow = { id: number } & Record<string, unknown>;

/** The fields that are columns of the table itself. */
export const columnsOf = (target: AnyModel): [string, Field][] =>
  Object.entries(target.fields).filter(([, field]) => field.through === undefined);

/** The fields that live in link tables. */
export const linksOf = (target: AnyModel): [string, Field][] =>
  Object.entries(target.fields).filter(([, field]) => field.through !== undefined);

/** `<app>.<verb>_<model>`. */
export const permissionFor = (
  target: { app: string; name: string },
  verb: 'view' | 'add' | 'change' | 'delete',
): string => `${target.app}.${verb}_${target.name}`;
