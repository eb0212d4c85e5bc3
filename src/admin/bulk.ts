import { setImmediate as breathe } from 'node:timers/promises';
import { type Change, readChangesOfRequest, recordAudits } from '../audit';
import { inTransaction, type Transaction } from '../db';
import { chunksOf } from '../lib/chunks';
import { conflict } from '../lib/http-error';
import type { AnyModel, AnyRow } from '../model';
import type { AdminContext, ModelAdmin } from './declare';
import { auditValues, changedFields } from './form';
import { auditLabels } from './queries-names';
import {
  countDifferingRows,
  deleteObjects,
  readDiffering,
  readObjects,
  readOwnValues,
  updateObject,
  updateObjects,
} from './queries-objects';
import { describeChange } from './words';

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

/**
 * Objects of a large change that are dealt with at a time. Other requests are served in between; and because no action
 * takes more than 200,000 objects, the number of statements has a bound.
 */
const SLICE = 10_000;

async function* slices<T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
  for (const slice of chunksOf(all, SLICE)) {
    yield slice;
    await breathe();
  }
}

/** Tells how far a change has come: writing the rows is its first half, their audit entries are the second. */
const halves = ({ progress }: AdminContext, count: number) => {
  const total = count * 2;
  return {
    written: (done: number) => progress?.(Math.min(done, count), total),
    audited: (done: number, of: number) => progress?.(count + Math.round((done / Math.max(1, of)) * count), total),
  };
};

/** How many of the objects would really change; `by` names the column that has the ids when it is not their own. */
export const countDiffering = (
  context: AdminContext,
  model: AnyModel,
  ids: readonly number[],
  values: Record<string, unknown>,
  by = 'id',
): Promise<number> => countDifferingRows(context.db, model, { ids, by, values });

/** Work that goes on by itself; whoever awaits it later hears of its failure, and nobody else does. */
function begun(work: Promise<void>): Promise<void> {
  work.catch(() => undefined);
  return work;
}

type WordedChange = (row: AnyRow, after: AnyRow, changed: readonly string[], label: string) => Change;

/** Changes as the audit log keeps them. Among many objects few kinds of change occur: each is put into words once. */
function changesOf(model: AnyModel): WordedChange {
  const known = new Map<string, Pick<Change, 'before' | 'after' | 'message'>>();
  return (row, after, changed, label) => {
    const key = JSON.stringify(changed.map((name) => [name, row[name], after[name]]));
    let words = known.get(key);
    if (words === undefined) {
      words = {
        before: auditValues(model, row, changed),
        after: auditValues(model, after, changed),
        message: describeChange(model, row, after, changed),
      };
      if (known.size < 1_000) known.set(key, words);
    }
    return { action: 'change', objectType: model.label, objectId: row.id, objectLabel: label, ...words };
  };
}

/**
 * Gives many objects the same values: one transaction, a constant number of statements for up to 10,000 of them and a
 * bounded one for more, an audit entry for each object that really changed. Returns how many did.
 */
export const bulkUpdate = (
  admin: ModelAdmin,
  context: AdminContext,
  ids: readonly number[],
  values: Record<string, unknown>,
): Promise<number> => inTransaction(context.db, (trx) => bulkUpdateIn(trx, admin, context, { ids, values }));

/** `bulkUpdate` as a part of the caller's transaction; `by` names the column that has the ids when it is not their own. */
export async function bulkUpdateIn(
  trx: Transaction,
  admin: ModelAdmin,
  context: AdminContext,
  { ids, values, by = 'id' }: { ids: readonly number[]; values: Record<string, unknown>; by?: string },
): Promise<number> {
  const { model, hooks } = admin;
  const tell = halves(context, ids.length);
  const stamps = hooks.stamp?.(values, { adding: false, now: context.clock.now() });
  const changeOf = changesOf(model);
  const changes: Change[] = [];
  const written: Written[] = [];
  let seen = 0;
  let writing = Promise.resolve();
  for await (const slice of slices(ids)) {
    const rows = await readDiffering(trx, model, { ids: slice, by, values, lock: true });
    const labels = rows.length === 0 ? new Map() : await auditLabels(trx, context.site, model, rows);
    await writing;
    tell.written(seen);
    const touched = rows.flatMap((row) => {
      const changed = changedFields(model, row, values);
      return changed.length === 0 ? [] : [{ row, changed }];
    });
    const touchedIds = touched.map(({ row }) => row.id);
    if (touched.length > 0) writing = begun(updateObjects(trx, model, touchedIds, { ...values, ...stamps }));
    // The database writes meanwhile.
    for (const { row, changed } of touched) {
      const after = { ...row, ...values };
      written.push({ id: row.id, before: row, after });
      changes.push(changeOf(row, after, changed, labels.get(row.id) ?? ''));
    }
    seen += slice.length;
  }
  await writing;
  tell.written(seen);
  await settle(trx, admin, written);
  await recordAudits(trx, context.clock, context.actor, changes, tell.audited);
  return changes.length;
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
    const going = rows.map((row) => row.id);
    await hooks.beforeDelete?.(trx, going);
    await deleteObjects(trx, model, going);
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

/** What `undoChanges` did. */
export interface Undone {
  undone: number;
  left: number;
}

/**
 * Takes back what one request of this person changed, from its audit entries. An object that somebody has changed since
 * keeps its newer state. Returns how many went back and how many were left.
 */
export async function undoChanges(admin: ModelAdmin, context: AdminContext, requestId: string): Promise<Undone> {
  const { model } = admin;
  return inTransaction(context.db, async (trx) => {
    const now = context.clock.now();
    const entries = await readChangesOfRequest(trx, {
      requestId,
      objectType: model.label,
      actorId: context.viewer.id,
      since: new Date(now.getTime() - UNDO_MS),
    });
    if (entries.length === 0)
      throw conflict('This is too long ago to undo here. Its history still shows what it was.', 'undo_expired');
    const tell = halves(context, entries.length);
    const values = remembered((json) => readValues(model, json));
    const changeOf = changesOf(model);
    const written: Written[] = [];
    const changes: Change[] = [];
    let seen = 0;
    for await (const slice of slices(entries)) {
      const steps = slice.map(({ objectId, before, after }) => ({
        id: Number(objectId),
        before: values(before),
        after: values(after),
      }));
      const { taken, write } = await takeBack(trx, admin, context, steps);
      const writing = begun(write());
      for (const { row, before, label } of taken) {
        const names = Object.keys(before);
        const after = { ...row, ...before };
        const change = changeOf(row, after, names, label);
        change.message = `Undone: ${change.message}`;
        changes.push(change);
        written.push({ id: row.id, before: row, after });
      }
      await writing;
      seen += slice.length;
      tell.written(seen);
    }
    await settle(trx, admin, written);
    await recordAudits(trx, context.clock, context.actor, changes, tell.audited);
    return { undone: changes.length, left: entries.length - changes.length };
  });
}

/** Many entries hold the same few texts: each is read once. */
function remembered<T>(read: (text: string | null) => T): (text: string | null) => T {
  const known = new Map<string | null, T>();
  return (text) => {
    const found = known.get(text) ?? read(text);
    if (known.size < 1_000) known.set(text, found);
    return found;
  };
}

interface Step {
  id: number;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** What can be taken back: the objects that nobody has changed since, and what gives them their former values. */
interface TakenBack {
  readonly taken: { row: AnyRow; before: Record<string, unknown>; label: string }[];
  /** One statement for those that are alike. */
  write(): Promise<void>;
}

async function takeBack(
  trx: Transaction,
  { model, hooks }: ModelAdmin,
  context: AdminContext,
  steps: readonly Step[],
): Promise<TakenBack> {
  const found = await readOwnValues(
    trx,
    model,
    steps.map(({ id }) => id),
  );
  const rows = new Map(found.map((row) => [row.id, row]));
  const labels = await auditLabels(trx, context.site, model, found);
  const groups = new Map<Record<string, unknown>, number[]>();
  const taken: TakenBack['taken'] = [];
  for (const { id, before, after } of steps) {
    const row = rows.get(id);
    if (row === undefined || changedFields(model, row, after).length > 0) continue;
    // What was theirs to change half an hour ago need not be any more.
    const refused = (await hooks.validate?.(before, { db: trx, id, viewer: context.viewer })) ?? {};
    if (Object.keys(refused).length > 0) continue;
    const group = groups.get(before);
    if (group === undefined) groups.set(before, [id]);
    else group.push(id);
    taken.push({ row, before, label: labels.get(id) ?? '' });
  }
  const now = context.clock.now();
  const write = async () => {
    for (const [before, ids] of groups) {
      const values = { ...before, ...hooks.stamp?.(before, { adding: false, now }) };
      const linked = Object.keys(before).some((name) => model.fields[name]?.through !== undefined);
      if (linked) for (const id of ids) await updateObject(trx, model, id, values);
      else await updateObjects(trx, model, ids, values);
    }
  };
  return { taken, write };
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
