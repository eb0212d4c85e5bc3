import type { Change } from '../audit';
import type { Transaction } from '../db';
import type { AnyRow } from '../model';
import { settle, type Written } from './bulk';
import type { AdminContext, Inline } from './declare';
import { auditValues, changedFields, inlineFields, type ParsedInlineRow } from './form';
import { auditLabels } from './queries-names';
import { deleteObjects, insertObject, readInlineRows, updateObject } from './queries-objects';
import type { AdminSite } from './site';
import { timestamps } from './stamps';
import { describeChange } from './words';

interface Step {
  change: Change;
  written: Written;
}

type Values = Record<string, unknown>;

/** Sets the times that the model has. */
function stamped({ model }: Inline, values: Values, adding: boolean, now: Date): Values {
  const stamps = Object.entries(timestamps(values, { adding, now })).filter(([name]) => name in model.fields);
  return { ...values, ...Object.fromEntries(stamps) };
}

async function addRow(trx: Transaction, inline: Inline, parent: number, values: Values, now: Date): Promise<Step> {
  const { model, fk } = inline;
  const added = stamped(inline, { ...values, [fk]: parent }, true, now);
  const id = await insertObject(trx, model, added);
  const after = { ...added, id } as AnyRow;
  const names = [...inlineFields(inline).map(([name]) => name), fk];
  const objectLabel = model.title(after);
  return {
    written: { id, before: null, after },
    change: {
      action: 'add',
      objectType: model.label,
      objectId: id,
      objectLabel,
      after: auditValues(model, after, names),
      message: `Added ${model.noun} ${objectLabel}.`,
    },
  };
}

async function removeRow(trx: Transaction, { model }: Inline, before: AnyRow): Promise<Step> {
  await deleteObjects(trx, model, [before.id]);
  const objectLabel = model.title(before);
  return {
    written: { id: before.id, before, after: null },
    change: {
      action: 'delete',
      objectType: model.label,
      objectId: before.id,
      objectLabel,
      before: auditValues(model, before, Object.keys(model.fields)),
      message: `Deleted ${model.noun} ${objectLabel}.`,
    },
  };
}

async function changeRow(
  trx: Transaction,
  inline: Inline,
  before: AnyRow,
  values: Values,
  now: Date,
): Promise<Step | undefined> {
  const { model } = inline;
  const changed = changedFields(model, before, values);
  if (changed.length === 0) return undefined;
  await updateObject(trx, model, before.id, stamped(inline, values, false, now));
  const after = { ...before, ...values };
  return {
    written: { id: before.id, before, after },
    change: {
      action: 'change',
      objectType: model.label,
      objectId: before.id,
      objectLabel: model.title(after),
      before: auditValues(model, before, changed),
      after: auditValues(model, after, changed),
      message: describeChange(model, before, after, changed),
    },
  };
}

/**
 * Writes the rows of an inline and gives their audit entries. Rows of another object are left alone, and what the rows'
 * own admin does after a write is done here too.
 */
export async function saveInline(
  trx: Transaction,
  site: AdminSite,
  context: AdminContext,
  parent: number,
  inline: Inline,
  rows: readonly ParsedInlineRow[],
): Promise<Change[]> {
  const now = context.clock.now();
  const existing = new Map((await readInlineRows(trx, inline, parent)).map((row) => [row.id, row]));
  const steps: Step[] = [];
  for (const { id, remove, untouched, values } of rows) {
    const before = id === null ? undefined : existing.get(id);
    if (untouched || (id !== null && before === undefined)) continue;
    if (before === undefined) steps.push(await addRow(trx, inline, parent, values, now));
    else if (remove) steps.push(await removeRow(trx, inline, before));
    else {
      const step = await changeRow(trx, inline, before, values, now);
      if (step !== undefined) steps.push(step);
    }
  }
  const own = site.find(inline.model.label);
  if (own !== undefined)
    await settle(
      trx,
      own,
      steps.map(({ written }) => written),
    );
  const written = steps.flatMap(({ written: { before, after } }) => after ?? before ?? []);
  const labels = await auditLabels(trx, site, inline.model, written);
  return steps.map(({ change }) => ({
    ...change,
    objectLabel: labels.get(Number(change.objectId)) ?? change.objectLabel,
  }));
}
