import type { AnyRow, Field } from '../model';
import type { Inline, Messages } from './declare';
import { inlineFields, inlinePrefix, type ParsedInlineRow } from './form';
import { type FieldSource, type FieldView, type FormInputState, fieldView } from './form-page';
import { readTitles } from './queries-names';
import { type Abilities, modelUrl } from './site';

interface InlineRowView {
  id: number | null;
  index: string;
  title: string;
  fields: FieldView[];
  remove: boolean;
}

export interface InlineView {
  prefix: string;
  title: string;
  help: string;
  kind: string;
  noun: string;
  min: number;
  max: number;
  initial: number;
  canAdd: boolean;
  canDelete: boolean;
  readonly: boolean;
  labels: { text: string; required: boolean }[];
  rows: InlineRowView[];
  template: InlineRowView | null;
  errors: string[];
  /** The partial that draws the rows, with what it needs, when it is not the usual one. */
  partial: string | null;
  extra: Record<string, unknown>;
}

interface InlineInputState extends FormInputState {
  inline: Inline;
  /** What this person may do with its rows. */
  can: Abilities;
  rows: readonly AnyRow[];
  parsed: { rows: readonly ParsedInlineRow[]; form: readonly string[]; bad: ReadonlyMap<number, Messages> } | null;
}

/** The titles of everything that the rows of an inline point to: one statement for each model, however many rows. */
async function inlineTitles(
  { db, site, rows, parsed }: InlineInputState,
  fields: readonly [string, Field][],
): Promise<Map<string, Map<number, string>>> {
  const ids = new Map<string, Set<number>>();
  for (const [name, { kind, to }] of fields) {
    if (kind !== 'foreignKey' || to === undefined) continue;
    const known = ids.get(to) ?? new Set<number>();
    for (const values of [...rows, ...(parsed?.rows.map((row) => row.values) ?? [])])
      if (typeof values[name] === 'number') known.add(values[name]);
    ids.set(to, known);
  }
  const titles = new Map<string, Map<number, string>>();
  for (const [to, known] of ids) titles.set(to, await readTitles(db, site.model(to), [...known]));
  return titles;
}

/** What tells a row apart from the others: its title, and what it points to. */
const inlineTitle = ({ model }: Inline, row: AnyRow, fields: readonly FieldView[]): string =>
  [model.title(row), ...fields.filter(({ kind }) => kind === 'foreignKey').map(({ words }) => words)]
    .filter((word) => word !== '')
    .join(', ');

/** An inline as the form shows it: the saved rows, the offered ones, and the empty one that Add copies. */
export async function inlineView(state: InlineInputState): Promise<InlineView> {
  const { db, site, inline, canChange, can } = state;
  const prefix = inlinePrefix(inline);
  const readonly = !canChange || !can.change;
  const canAdd = !readonly && can.add;
  const fields = inlineFields(inline);
  const titles = await inlineTitles(state, fields);
  const options = new Map<string, { id: number; title: string }[]>();
  const view = async (
    index: string,
    row: AnyRow | null,
    errors: Messages,
    remove: boolean,
    typed: boolean,
  ): Promise<InlineRowView> => {
    const source: FieldSource = {
      db,
      site,
      prefix: `${prefix}-${index}-`,
      lookupUrl: `${modelUrl(state.admin.model)}autocomplete/`,
      autocomplete: inline.autocomplete,
      readonly: (name) => readonly || inline.model.fields[name]?.automatic === true,
      prepopulated: {},
      titles,
      options,
      row,
      body: typed ? state.body : null,
      errors,
    };
    const shown: FieldView[] = [];
    for (const [name, field] of fields) shown.push(await fieldView(source, name, field));
    return {
      id: row?.id ?? null,
      index,
      title: row === null ? `New ${inline.model.noun}` : inlineTitle(inline, row, shown),
      fields: shown,
      remove,
    };
  };
  const rows: InlineRowView[] = [];
  if (state.parsed === null) {
    for (const [index, row] of state.rows.entries()) rows.push(await view(String(index), row, {}, false, false));
    const extra = !canAdd ? 0 : Math.min(inline.extra, Math.max(0, inline.max - rows.length));
    for (let count = 0; count < extra; count++) rows.push(await view(String(rows.length), null, {}, false, false));
  } else {
    for (const parsed of state.parsed.rows) {
      const row = state.rows.find((each) => each.id === parsed.id) ?? null;
      rows.push(await view(String(parsed.index), row, state.parsed.bad.get(parsed.index) ?? {}, parsed.remove, true));
    }
  }
  return {
    prefix,
    title: inline.title,
    help: inline.help,
    kind: inline.kind,
    noun: inline.model.noun,
    min: inline.min,
    max: inline.max,
    initial: state.rows.length,
    canAdd: canAdd && inline.max > 1,
    canDelete: !readonly && can.delete,
    readonly,
    labels: fields.map(([, field]) => ({ text: field.label, required: field.required })),
    rows,
    template: !canAdd || inline.max <= 1 ? null : await view('__prefix__', null, {}, false, false),
    errors: [...(state.parsed?.form ?? [])],
    partial: inline.panel?.partial ?? null,
    extra: {},
  };
}
