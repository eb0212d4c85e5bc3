import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { isTransient } from './errors';
import { noteCommit } from './unchanged';

/** How long a write keeps trying against a locked database before it gives up, in milliseconds. */
const PATIENCE_MS = 5_000;

const hooks = new WeakMap<Knex.Transaction, (() => void | Promise<void>)[]>();

/** Runs `hook` once the transaction has committed, before `inTransaction` returns; never when it rolls back. */
export function afterCommit(trx: Knex.Transaction, hook: () => void | Promise<void>): void {
  const list = hooks.get(trx);
  if (list === undefined) throw new Error('afterCommit needs a transaction opened by inTransaction');
  list.push(hook);
}

/** Runs `work`, and again with growing random pauses while the database says that it is locked. */
export async function retrying<T>(work: () => Promise<T>, patience = PATIENCE_MS): Promise<T> {
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || performance.now() - started > patience) throw error;
      await sleep(Math.min(250, 5 * 2 ** attempt) * (0.5 + Math.random() / 2));
    }
  }
}

/**
 * One unit of work: all of it is kept or none of it.
 * `work` may run several times (locks and serialization failures are retried for five seconds), so it must do nothing
 * but database work through `trx`; the plain database inside it would wait for the one SQLite connection for ever.
 */
export async function inTransaction<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  let committed: (() => void | Promise<void>)[] = [];
  const result = await retrying(() => {
    committed = [];
    const ended = db.transaction((trx) => {
      hooks.set(trx, committed);
      return work(trx);
    });
    return ended.finally(() => noteCommit(db));
  });
  for (const hook of committed) await hook();
  return result;
}
