import { type Change, listEntriesOfRequest, recordAudits } from '../audit';
import { inTransaction, type Transaction } from '../db';
import { conflict } from '../lib/http-error';
import type { AnyModel, AnyRow } from '../model';
import type { AdminContext, ModelAdmin } from './declare';
import { auditValues, changedFields } from './form';
import { deleteObjects, readObjects, updateObject, updateObjects } from './queries-objects';
import { describeChange } from './words';

/** The objects among `ids` that giving them `values` would change. */
async function differing(
  context: AdminContext,
  model: AnyModel,
  ids: readonly number[],
  values: Record<string, unknown>,
): Promise<AnyRow[]> {
  const rows = await readObjects(context.db, model, ids);
  return rows.filter((row) => changedFields(model, row, values).length > 0);
}

/** A row before and after it was written; `before` is null for a new one, `after` for one that is gone. */
export interface Written {
  id: number;
  before: AnyRow | null;
  after: AnyRow | null;
}

/** What the feature does after rows were written, in the same transaction. */
export async function settle(trx: Transaction, { hooks }: ModelAdmin, written: readonly Written[]): Promise<void> {
  if (written.length === 0) return;
  if (hooks.afterEach !== undefined) for (const change of written) await hooks.afterEach(trx, change);
  await hooks.afterAll?.(trx, written);
}

/** How many of the objects would really change. */
export const countDiffering = async (
  context: AdminContext,
  model: AnyModel,
  ids: readonly number[],
  values: Record<string, unknown>,
): Promise<number> => (await differing(context, model, ids, values)).length;

/**
 * Gives many objects the same values: one transaction, a constant number of statements, an audit entry for each object
 * that really changed. Returns how many did.
 */
export async function bulkUpdate(
  admin: ModelAdmin,
  context: AdminContext,
  ids: readonly number[],
  values: Record<string, unknown>,
): Promise<number> {
  const { model, hooks } = admin;
  return inTransaction(context.db, async (trx) => {
    const rows = await readObjects(trx, model, ids, true);
    const changes: Change[] = [];
    const touched: AnyRow[] = [];
    for (const row of rows) {
      const changed = changedFields(model, row, values);
      if (changed.length === 0) continue;
      touched.push(row);
      const after = { ...row, ...values };
      changes.push({
        action: 'change',
        objectType: model.label,
        objectId: row.id,
        objectLabel: model.title(row),
        before: auditValues(model, row, changed),
        after: auditValues(model, after, changed),
        message: describeChange(model, row, after, changed),
      });
    }
    if (touched.length === 0) return 0;
    const stamps = hooks.stamp?.(values, { adding: false, now: context.clock.now() });
    await updateObjects(
      trx,
      model,
      touched.map((row) => row.id),
      { ...values, ...stamps },
    );
    await settle(
      trx,
      admin,
      touched.map((row) => ({ id: row.id, before: row, after: { ...row, ...values } })),
    );
    await recordAudits(trx, context.clock, context.actor, changes);
    return touched.length;
  });
}

/** Deletes objects with an audit entry each; refuses all of them when one must stay. */
export async function bulkDelete(admin: ModelAdmin, context: AdminContext, ids: readonly number[]): Promise<number> {
  const { model, hooks } = admin;
  return inTransaction(context.db, async (trx) => {
    const rows = await readObjects(trx, model, ids, true);
    for (const row of rows) {
      const why = hooks.whyNotDelete?.(row, context.viewer);
      if (why !== undefined)
        throw conflict(`${model.title(row)} was not deleted, nor was anything else. ${why}`, 'protected');
    }
    await deleteObjects(
      trx,
      model,
      rows.map((row) => row.id),
    );
    await settle(
      trx,
      admin,
      rows.map((row) => ({ id: row.id, before: row, after: null })),
    );
    await recordAudits(
      trx,
      context.clock,
      context.actor,
      rows.map((row) => ({
        action: 'delete',
        objectType: model.label,
        objectId: row.id,
        objectLabel: model.title(row),
        before: auditValues(model, row, Object.keys(model.fields)),
        message: `Deleted ${model.noun} ${model.title(row)}.`,
      })),
    );
    return rows.length;
  });
}

/** How long a change can be taken back from its message. */
const UNDO_MS = 30 * 60 * 1000;

/**
 * Takes back what one request of this person changed, from its audit entries. An object that somebody has changed since
 * keeps its newer state. Returns how many went back and how many were left.
 */
export async function undoChanges(
  admin: ModelAdmin,
  context: AdminContext,
  requestId: string,
): Promise<{ undone: number; left: number }> {
  const { model, hooks } = admin;
  return inTransaction(context.db, async (trx) => {
    const entries = (await listEntriesOfRequest(trx, requestId)).filter(
      (entry) => entry.objectType === model.label && entry.action === 'change' && entry.actorId === context.viewer.id,
    );
    const now = context.clock.now();
    const recent = entries.filter((entry) => now.getTime() - entry.createdAt.getTime() <= UNDO_MS);
    if (recent.length === 0)
      throw conflict('This is too long ago to undo here. Its history still shows what it was.', 'undo_expired');
    const rows = new Map(
      (
        await readObjects(
          trx,
          model,
          recent.map((entry) => Number(entry.objectId)),
          true,
        )
      ).map((row) => [row.id, row]),
    );
    const changes: Change[] = [];
    const settled: Written[] = [];
    for (const entry of recent) {
      const row = rows.get(Number(entry.objectId));
      const before = readValues(model, entry.before);
      const after = readValues(model, entry.after);
      if (row === undefined || changedFields(model, row, after).length > 0) continue;
      // What was theirs to change half an hour ago need not be any more.
      const refused = (await hooks.validate?.(before, { db: trx, id: row.id, viewer: context.viewer })) ?? {};
      if (Object.keys(refused).length > 0) continue;
      await updateObject(trx, model, row.id, { ...before, ...hooks.stamp?.(before, { adding: false, now }) });
      const names = Object.keys(before);
      changes.push({
        action: 'change',
        objectType: model.label,
        objectId: row.id,
        objectLabel: model.title(row),
        before: auditValues(model, row, names),
        after: auditValues(model, before, names),
        message: `Undone: ${describeChange(model, row, { ...row, ...before }, names)}`,
      });
      settled.push({ id: row.id, before: row, after: { ...row, ...before } });
    }
    await settle(trx, admin, settled);
    await recordAudits(trx, context.clock, context.actor, changes);
    return { undone: changes.length, left: recent.length - changes.length };
  });
}

/** Values as an audit entry keeps them, back in the model's types. */
function readValues(model: AnyModel, json: string | null): Record<string, unknown> {
  const stored = JSON.parse(json ?? '{}') as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(stored).flatMap(([name, value]) => {
      const field = model.fields[name];
      return field === undefined ? [] : [[name, field.fromDb(value)]];
    }),
  );
}
