import { type Change, recordAudits } from '../audit';
import { type Database, inTransaction, isForeignKeyViolation, isUniqueViolation, type Transaction } from '../db';
import { type AnyModel, type AnyRow, columnsOf, type Field } from '../model';
import { settle } from './bulk';
import type { AdminContext, Inline, Messages, ModelAdmin } from './declare';
import { auditValues, changedFields, inlineFields, type ParsedForm, type ParsedInlineRow, versionOf } from './form';
import { auditLabels, readTitles } from './queries-names';
import { insertObject, isTaken, readInlineRows, readObject, updateObject } from './queries-objects';
import { saveInline } from './save-inline';
import type { AdminSite } from './site';
import { describeChange } from './words';

/** The form cannot be saved as it is; the messages belong beside its fields. */
export class InvalidForm extends Error {
  constructor(
    readonly errors: Messages,
    readonly inlineErrors: ReadonlyMap<string, { form: string[]; rows: ReadonlyMap<number, Messages> }> = new Map(),
  ) {
    super('the form has mistakes');
  }
}

/** Somebody saved the object between opening and saving it. */
export class StaleForm extends Error {
  constructor(readonly current: AnyRow | undefined) {
    super('the object was changed in the meantime');
  }
}

/** A form ready to be saved. */
export interface Submission {
  form: ParsedForm;
  inlines: { inline: Inline; rows: ParsedInlineRow[]; errors: string[] }[];
  /** The version that the form was opened with; undefined for a new object. */
  version: string | undefined;
}

async function checkReferences(
  trx: Transaction,
  site: AdminSite,
  fields: readonly [string, Field][],
  form: ParsedForm,
): Promise<Messages> {
  const errors: Messages = {};
  for (const [name, field] of fields) {
    if (field.kind === 'permissions' && name in form.values) {
      const known = new Set(site.permissionChoices().flatMap(({ choices }) => choices.map(({ value }) => value)));
      const unknown = (form.values[name] as string[]).find((value) => !known.has(value));
      if (unknown !== undefined) errors[name] = [`There is no permission ${unknown}.`];
    }
    if (field.to === undefined || !(name in form.values)) continue;
    const value = form.values[name];
    const ids = Array.isArray(value) ? (value as number[]) : value === null ? [] : [Number(value)];
    const known = await readTitles(trx, site.model(field.to), ids);
    if (ids.some((id) => !known.has(id)))
      errors[name] = [`This ${site.model(field.to).noun} no longer exists. Choose another.`];
  }
  return errors;
}

async function checkUnique(
  trx: Transaction,
  model: AnyModel,
  values: Record<string, unknown>,
  id: number | null,
): Promise<Messages> {
  const errors: Messages = {};
  for (const [name, field] of columnsOf(model)) {
    if (!field.unique || !(name in values)) continue;
    if (await isTaken(trx, model, name, values[name], id)) {
      errors[name] = [`There is already a ${model.noun} with this ${field.label.toLowerCase()}.`];
    }
  }
  return errors;
}

const isEmpty = (errors: Messages): boolean => Object.keys(errors).length === 0;

async function validate(
  trx: Transaction,
  site: AdminSite,
  admin: ModelAdmin,
  context: AdminContext,
  submission: Submission,
  id: number | null,
): Promise<void> {
  const { form } = submission;
  const { model, hooks } = admin;
  const errors: Messages = {
    ...(await checkReferences(trx, site, Object.entries(model.fields), form)),
    ...(await checkUnique(trx, model, form.values, id)),
    ...form.errors,
  };
  if (isEmpty(errors) && hooks.validate !== undefined) {
    Object.assign(errors, await hooks.validate(form.values, { db: trx, id, viewer: context.viewer }));
  }
  const inlineErrors = new Map<string, { form: string[]; rows: Map<number, Messages> }>();
  for (const { inline, rows, errors: own } of submission.inlines) {
    const bad = new Map<number, Messages>();
    for (const row of rows) {
      if (row.remove || row.untouched) continue;
      const wrong = { ...(await checkReferences(trx, site, inlineFields(inline), row)), ...row.errors };
      if (!isEmpty(wrong)) bad.set(row.index, wrong);
    }
    if (bad.size > 0 || own.length > 0) inlineErrors.set(inline.model.name, { form: own, rows: bad });
  }
  if (!isEmpty(errors) || inlineErrors.size > 0) throw new InvalidForm(errors, inlineErrors);
}

/** The rows of all inlines of an object, as they are now. */
export async function readInlines(
  db: Database,
  admin: ModelAdmin,
  id: number,
  lock = false,
): Promise<{ inline: Inline; rows: AnyRow[] }[]> {
  const result = [];
  for (const inline of admin.inlines) result.push({ inline, rows: await readInlineRows(db, inline, id, lock) });
  return result;
}

/** Whether a field that the form changes in a fieldwise inline is no longer what the form was opened with. */
const changedMeanwhile = (
  inline: Inline,
  rows: readonly ParsedInlineRow[],
  now: readonly { inline: Inline; rows: readonly AnyRow[] }[],
): boolean =>
  rows.some(({ id, was }) => {
    const current = now.find((each) => each.inline === inline)?.rows.find((row) => row.id === id);
    return current !== undefined && changedFields(inline.model, current, was).length > 0;
  });

/** A write that two people made at the same moment, as the mistake it is rather than as a fault. */
function asFormError(error: unknown): never {
  if (isUniqueViolation(error))
    throw new InvalidForm({ '': ['One of these values is taken already: what is here once cannot be added twice.'] });
  if (isForeignKeyViolation(error))
    throw new InvalidForm({ '': ['Something that was chosen here was deleted a moment ago.'] });
  throw error;
}

/** Adds an object with its inline rows and their audit entries, in one transaction. Throws InvalidForm. */
export async function createObject(
  site: AdminSite,
  admin: ModelAdmin,
  context: AdminContext,
  submission: Submission,
): Promise<AnyRow> {
  const { model, hooks } = admin;
  return inTransaction(context.db, async (trx) => {
    await validate(trx, site, admin, context, submission, null);
    const now = context.clock.now();
    const values = {
      ...initialValues(model),
      ...submission.form.values,
      ...hooks.stamp?.(submission.form.values, { adding: true, now }),
    };
    const id = await insertObject(trx, model, values);
    const after = await mustRead(trx, model, id);
    const label = (await auditLabels(trx, site, model, [after])).get(id) ?? '';
    const changes: Change[] = [
      {
        action: 'add',
        objectType: model.label,
        objectId: id,
        objectLabel: label,
        after: auditValues(model, after, Object.keys(model.fields)),
        message: `Added ${model.noun} ${label}.`,
      },
    ];
    for (const { inline, rows } of submission.inlines) {
      if (!inline.readonly) changes.push(...(await saveInline(trx, site, context, id, inline, rows)));
    }
    await settle(trx, admin, [{ id, before: null, after }]);
    await recordAudits(trx, context.clock, context.actor, changes);
    return after;
  }).catch((error: unknown) => asFormError(error));
}

function initialValues(model: AnyModel): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(model.fields)
      .filter(([, field]) => !field.automatic && !field.secret)
      .map(([name, field]) => [name, field.initial()]),
  );
}

async function mustRead(trx: Transaction, model: AnyModel, id: number): Promise<AnyRow> {
  const row = await readObject(trx, model, id);
  if (row === undefined) throw new Error(`${model.label} ${id} is gone within its own transaction`);
  return row;
}

/**
 * Saves a form over an object with its inline rows and their audit entries, in one transaction.
 * Throws StaleForm when the object is not what the form was opened with, InvalidForm when a value does not fit.
 * Returns the object and what changed, in words; nothing is written when nothing changed.
 */
export async function changeObject(
  site: AdminSite,
  admin: ModelAdmin,
  context: AdminContext,
  id: number,
  submission: Submission,
): Promise<{ row: AnyRow; changes: string[] }> {
  const { model, hooks } = admin;
  return inTransaction(context.db, async (trx) => {
    const before = await readObject(trx, model, id, true);
    if (before === undefined) throw new StaleForm(undefined);
    const inlineRows = await readInlines(trx, admin, id, true);
    if (submission.version !== undefined && submission.version !== versionOf(model, before, inlineRows))
      throw new StaleForm(before);
    if (submission.inlines.some(({ inline, rows }) => changedMeanwhile(inline, rows, inlineRows)))
      throw new StaleForm(before);
    await validate(trx, site, admin, context, submission, id);
    const { values } = submission.form;
    const changed = changedFields(model, before, values);
    const changes: Change[] = [];
    if (changed.length > 0) {
      const wanted = Object.fromEntries(changed.map((name) => [name, values[name]]));
      const stamps = hooks.stamp?.(values, { adding: false, now: context.clock.now() });
      await updateObject(trx, model, id, { ...wanted, ...stamps });
    }
    const after = changed.length > 0 ? await mustRead(trx, model, id) : before;
    if (changed.length > 0) {
      changes.push({
        action: 'change',
        objectType: model.label,
        objectId: id,
        objectLabel: (await auditLabels(trx, site, model, [after])).get(id) ?? '',
        before: auditValues(model, before, changed),
        after: auditValues(model, after, changed),
        message: describeChange(model, before, after, changed),
      });
    }
    for (const { inline, rows } of submission.inlines) {
      if (!inline.readonly) changes.push(...(await saveInline(trx, site, context, id, inline, rows)));
    }
    if (changes.length > 0) {
      await settle(trx, admin, [{ id, before, after }]);
      await recordAudits(trx, context.clock, context.actor, changes);
    }
    return { row: after, changes: changes.map((change) => change.message ?? '') };
  }).catch((error: unknown) => asFormError(error));
}
