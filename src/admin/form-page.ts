import type { Database } from '../db';
import type { AnyRow, Field, FormInput } from '../model';
import type { Messages, ModelAdmin } from './declare';
import { type Body, wasName } from './form';
import type { InlineView } from './inline-page';
import { findByTitle, readTitles } from './queries-names';
import type { AdminSite } from './site';
import { changeUrl, modelUrl } from './site';

/** Most related objects that a plain select offers; more ask for `autocomplete` in the declaration. */
const MAX_OPTIONS = 200;

/** One field as the form template shows it. */
export interface FieldView {
  id: string;
  name: string;
  field: string;
  kind: string;
  label: string;
  help: string;
  required: boolean;
  max: number | undefined;
  step: string | undefined;
  readonly: boolean;
  value: string | string[];
  /** The value in words, for what cannot be changed. */
  words: string;
  href: string | null;
  options: { value: string; text: string }[];
  /** For a choice among many: where to look, and what is chosen now. */
  lookup: string | null;
  chosen: { value: string; text: string }[];
  typed: string;
  prepopulatedFrom: string | null;
  errors: string[];
  /** What the field was when the form was opened, for a fieldwise inline. */
  was: string;
  /** For permissions: the choices by model. */
  groups: { group: string; choices: { value: string; text: string }[] }[];
}

/** Where the fields of a form or of one of its rows come from. */
export interface FieldSource {
  db: Database;
  site: AdminSite;
  /** What the fields are part of: decides the addresses and the ids. */
  prefix: string;
  lookupUrl: string;
  autocomplete: readonly string[];
  readonly: (name: string) => boolean;
  prepopulated: Readonly<Record<string, string>>;
  /** Titles that several rows look up together, by the model they are of. */
  titles?: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** Choices that several rows offer alike, by the model they are of. */
  options?: Map<string, { id: number; title: string }[]>;
  /** Values of the object; for a refused form `body` has what was typed instead. */
  row: Record<string, unknown> | null;
  body: Body | null;
  errors: Messages;
}

const isText = (input: FormInput): input is string => typeof input === 'string';

function shownValue(source: FieldSource, name: string, field: Field): string | string[] {
  if (source.body !== null && !source.readonly(name)) {
    const typed = source.body[source.prefix + name];
    if (field.through !== undefined) return typed === undefined ? [] : isText(typed) ? [typed] : typed;
    return isText(typed) ? typed : (typed?.at(-1) ?? '');
  }
  return field.toForm(source.row === null ? field.initial() : (source.row[name] as never));
}

function openedWith(source: FieldSource, name: string, field: Field): string {
  const carried = source.body?.[source.prefix + wasName(name)];
  const value = carried ?? (source.row === null ? '' : field.toForm(source.row[name] as never));
  return isText(value) ? value : (value.at(-1) ?? '');
}

const idsOf = (value: string | string[]): number[] =>
  (Array.isArray(value) ? value : [value]).filter((text) => /^[1-9]\d{0,8}$/.test(text)).map(Number);

async function relatedView(
  source: FieldSource,
  name: string,
  field: Field,
  value: string | string[],
): Promise<Pick<FieldView, 'options' | 'chosen' | 'lookup' | 'words' | 'href'>> {
  const { db, site } = source;
  const target = site.model(field.to ?? '');
  const ids = idsOf(value);
  const titles = source.titles?.get(target.label) ?? (await readTitles(db, target, ids));
  const chosen = ids.map((id) => ({ value: String(id), text: titles.get(id) ?? `${target.noun} ${id}` }));
  const searched = source.autocomplete.includes(name);
  let found: { id: number; title: string }[] = [];
  if (!searched && !source.readonly(name)) {
    found = source.options?.get(target.label) ?? (await findByTitle(db, target, '', MAX_OPTIONS));
    source.options?.set(target.label, found);
  }
  const options = found.map(({ id, title }) => ({ value: String(id), text: title }));
  const [only] = ids;
  return {
    options,
    chosen,
    lookup: searched ? source.lookupUrl : null,
    words: chosen.map(({ text }) => text).join(', '),
    href: field.kind === 'foreignKey' && only !== undefined ? changeUrl(target, only) : null,
  };
}

/** A field with what its control shows. */
export async function fieldView(source: FieldSource, name: string, field: Field): Promise<FieldView> {
  const readonly = source.readonly(name);
  const value = shownValue(source, name, field);
  const typed = source.body?.[`${source.prefix}${name}${field.kind === 'manyToMany' ? '__add__text' : '__text'}`];
  const view: FieldView = {
    id: `id_${source.prefix}${name}`,
    name: source.prefix + name,
    field: name,
    kind: field.kind,
    label: field.label,
    help: field.help,
    required: field.required,
    max: field.max,
    step: field.kind === 'decimal' ? String(10 ** -(field.places ?? 0)) : undefined,
    readonly,
    value,
    words: source.row === null ? '' : field.toWords(source.row[name] as never),
    href: null,
    options: field.choices.map((choice) => ({ ...choice })),
    lookup: null,
    chosen: [],
    typed: isText(typed) ? typed : '',
    prepopulatedFrom: source.prepopulated[name] ?? null,
    errors: source.errors[name] ?? [],
    was: openedWith(source, name, field),
    groups: field.kind === 'permissions' ? source.site.permissionChoices() : [],
  };
  if (field.to === undefined) return view;
  return { ...view, ...(await relatedView(source, name, field, value)) };
}

export interface FormInputState {
  db: Database;
  site: AdminSite;
  admin: ModelAdmin;
  row: AnyRow | null;
  /** What was typed, when the form comes back with mistakes. */
  body: Body | null;
  errors: Messages;
  canChange: boolean;
}

/** The fieldsets of an object's form with their fields. */
export async function fieldsetViews(
  state: FormInputState,
): Promise<{ title: string; help: string; collapsed: boolean; fields: FieldView[] }[]> {
  const { db, site, admin, row, body, errors, canChange } = state;
  const source: FieldSource = {
    db,
    site,
    prefix: '',
    lookupUrl: `${modelUrl(admin.model)}autocomplete/`,
    autocomplete: admin.autocomplete,
    readonly: (name) =>
      !canChange || admin.readonlyFields.includes(name) || admin.model.fields[name]?.automatic === true,
    prepopulated: row === null ? admin.prepopulated : {},
    row,
    body,
    errors,
  };
  const views = [];
  for (const { title = '', help = '', collapsed = false, fields } of admin.fieldsets) {
    const shown: FieldView[] = [];
    for (const name of fields) {
      const field = admin.model.fields[name];
      if (field === undefined || field.secret || (row === null && source.readonly(name))) continue;
      shown.push(await fieldView(source, name, field));
    }
    if (shown.length > 0)
      views.push({ title, help, collapsed: collapsed && !shown.some((each) => each.errors.length > 0), fields: shown });
  }
  return views;
}

/** The mistakes of a form as its summary lists them, each leading to its field. */
export function errorList(
  admin: ModelAdmin,
  errors: Messages,
  inlines: readonly InlineView[],
): { text: string; href: string | null }[] {
  const own = Object.entries(errors).flatMap(([name, messages]) =>
    messages.map((text) => ({
      text: name === '' ? text : `${admin.model.fields[name]?.label ?? name}: ${text}`,
      href: name === '' ? null : `#id_${name}`,
    })),
  );
  const others = inlines.flatMap((inline) => [
    ...inline.errors.map((text) => ({ text: `${inline.title}: ${text}`, href: `#${inline.prefix}-title` })),
    ...inline.rows.flatMap((row) =>
      row.fields.flatMap((field) =>
        field.errors.map((text) => ({ text: `${row.title}, ${field.label}: ${text}`, href: `#${field.id}` })),
      ),
    ),
  ]);
  return [...own, ...others];
}
