import { createHash } from 'node:crypto';
import type { AnyModel, AnyRow, Field, FormInput } from '../model';
import type { Inline, Messages, ModelAdmin } from './declare';

/** A form as it arrived: texts by name. */
export type Body = Record<string, FormInput>;

/** The values of a form and what is wrong with them. */
export interface ParsedForm {
  values: Record<string, unknown>;
  errors: Messages;
}

/** One row of an inline as it arrived. */
export interface ParsedInlineRow extends ParsedForm {
  /** Its place in the form, which its field names carry. */
  index: number;
  id: number | null;
  remove: boolean;
  /** An offered row that nobody touched. */
  untouched: boolean;
  /** Of a fieldwise inline: what the form was opened with, by field. */
  was: Record<string, unknown>;
}

const last = (input: FormInput): string => (Array.isArray(input) ? (input.at(-1) ?? '') : (input ?? ''));

/** The body of a form post; anything that is not text is gone. */
export function toBody(raw: unknown): Body {
  const body: Body = Object.create(null);
  if (typeof raw !== 'object' || raw === null) return body;
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === 'string') body[name] = value;
    else if (Array.isArray(value)) body[name] = value.filter((each) => typeof each === 'string');
  }
  return body;
}

/** The fields that a form may change. */
export function editableFields(admin: ModelAdmin): [string, Field][] {
  const shown = new Set(admin.fieldsets.flatMap((fieldset) => [...fieldset.fields]));
  return Object.entries(admin.model.fields).filter(
    ([name, field]) => shown.has(name) && !field.automatic && !admin.readonlyFields.includes(name),
  );
}

function parseFields(fields: readonly [string, Field][], body: Body, prefix: string): ParsedForm {
  const values: Record<string, unknown> = {};
  const errors: Messages = Object.create(null);
  for (const [name, field] of fields) {
    const result = field.schema.safeParse(body[prefix + name]);
    if (result.success) values[name] = result.data;
    else errors[name] = result.error.issues.map((issue) => issue.message);
  }
  return { values, errors };
}

/** Reads the fields of an object from a form. */
export const parseObject = (admin: ModelAdmin, body: Body): ParsedForm => parseFields(editableFields(admin), body, '');

export const inlineFields = (inline: Inline): [string, Field][] =>
  inline.fields.flatMap((name) => {
    const field = inline.model.fields[name];
    return field === undefined ? [] : [[name, field] as [string, Field]];
  });

/** The field that carries what a field of a fieldwise inline was when the form was opened. */
export const wasName = (name: string): string => `${name}__was`;

export const inlinePrefix = (inline: Inline): string => inline.model.name;

/** The names that stand for the form itself rather than for a field. */
const CONTROLS =
  /^(_csrf|_save|_continue|_addanother|_saveasnew|_addrow|_merge|_changelist_filters|version|take__[a-z0-9_-]+)$/;

/** Names in a form that belong to nothing it offers: a field that may not be set, or a mistake. */
export function unknownNames(admin: ModelAdmin, body: Body, adding = false): string[] {
  const known = new Set(
    editableFields(admin).flatMap(([name]) => [name, `${name}__text`, `${name}__add`, `${name}__add__text`]),
  );
  const prefixes = admin.inlines
    .filter(({ onAdd }) => onAdd || !adding)
    .map((each) => ({
      prefix: `${inlinePrefix(each)}-`,
      names: new Set([...each.fields, ...(each.fieldwise ? each.fields.map(wasName) : [])]),
    }));
  return Object.keys(body).filter((name) => {
    if (CONTROLS.test(name) || known.has(name)) return false;
    const owner = prefixes.find(({ prefix }) => name.startsWith(prefix));
    if (owner === undefined) return true;
    const rest = name.slice(owner.prefix.length);
    if (/^(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(rest)) return false;
    const field = /^(?:\d{1,4}|__prefix__)-(.+)$/.exec(rest)?.[1]?.replace(/__text$/, '');
    return field === undefined || !(field === 'id' || field === 'DELETE' || owner.names.has(field));
  });
}

/** Reads the rows of an inline from a form; rows beyond the inline's limit are refused with a sentence. */
export function parseInline(inline: Inline, body: Body): { rows: ParsedInlineRow[]; errors: string[] } {
  const prefix = inlinePrefix(inline);
  const total = Number(/^\d{1,4}$/.exec(last(body[`${prefix}-TOTAL_FORMS`]))?.[0] ?? 0);
  const fields = inlineFields(inline);
  const rows: ParsedInlineRow[] = [];
  for (let index = 0; index < Math.min(total, inline.max + 50); index++) {
    const at = `${prefix}-${index}-`;
    const rawId = last(body[`${at}id`]);
    const id = /^[1-9]\d{0,9}$/.test(rawId) ? Number(rawId) : null;
    const remove = inline.canDelete && last(body[`${at}DELETE`]) !== '';
    const sent = fields.some(([name]) => body[at + name] !== undefined);
    if (id === null && (remove || !sent)) continue;
    const untouched =
      id === null &&
      fields.every(
        ([name, field]) =>
          last(body[`${at + name}__text`]).trim() === '' &&
          ['', last(field.toForm(field.initial()))].includes(last(body[at + name])),
      );
    const row = { index, id, remove, untouched, was: {}, ...parseFields(fields, body, at) };
    rows.push(inline.fieldwise && id !== null ? onlyTouched(row, fields, body, at) : row);
  }
  const kept = rows.filter((row) => !row.remove && !row.untouched).length;
  const errors: string[] = [];
  if (total > inline.max + 50) errors.push(`Send at most ${inline.max + 50} rows; there are ${total}.`);
  if (kept > inline.max) errors.push(`Keep at most ${inline.max}; there are ${kept}.`);
  if (kept < inline.min) errors.push(`Keep at least ${inline.min}.`);
  return { rows, errors };
}

/** A row with only the values that differ from what the form was opened with, and what that was. */
function onlyTouched(
  row: ParsedInlineRow,
  fields: readonly [string, Field][],
  body: Body,
  at: string,
): ParsedInlineRow {
  const values = { ...row.values };
  const was: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const opened = body[at + wasName(name)];
    if (opened === undefined || !(name in values)) continue;
    const before = field.schema.safeParse(opened);
    if (before.success && same(field, before.data, values[name])) delete values[name];
    else if (before.success) was[name] = before.data;
  }
  return { ...row, values, was };
}

/** A short text that changes whenever a value of the object (or of a row it carries) does. */
export function versionOf(
  model: AnyModel,
  row: AnyRow,
  inlines: readonly { inline: Inline; rows: readonly AnyRow[] }[] = [],
): string {
  const own = Object.entries(model.fields).map(([name, field]) => [name, field.toForm(row[name])]);
  const others = inlines
    .filter(({ inline }) => !inline.fieldwise)
    .map(({ inline, rows }) =>
      rows.map((each) => [each.id, inlineFields(inline).map(([name, field]) => [name, field.toForm(each[name])])]),
    );
  return createHash('sha256')
    .update(JSON.stringify([own, others]))
    .digest('base64url')
    .slice(0, 22);
}

/** The parts of an object that a change concerns, in the form the audit log keeps: no secrets, dates as text. */
export function auditValues(
  model: AnyModel,
  row: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const field = model.fields[name];
    if (field !== undefined && !field.secret && !field.automatic)
      values[name] = field.kind === 'datetime' ? field.toDb(row[name]) : row[name];
  }
  return values;
}

const same = (field: Field, a: unknown, b: unknown): boolean =>
  JSON.stringify(field.toForm(a)) === JSON.stringify(field.toForm(b));

/** The fields whose values differ between two states of an object. */
export const changedFields = (
  model: AnyModel,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] =>
  Object.entries(model.fields)
    .filter(([name, field]) => !field.automatic && name in after && !same(field, before[name], after[name]))
    .map(([name]) => name);
