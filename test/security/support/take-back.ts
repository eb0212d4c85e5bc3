import { type Database, inTransaction, isPostgres, type Transaction } from '../../../src/db';
import { bumpRevision } from '../../../src/snapshots';
import { type Difference, type Dump, differences, dump, keyColumns, type Row, rowsOf, withDifferences } from './dump';

/** The log only ever grows. */
const LOG = ['audit_entry', 'audit_head'];
/** Neither do these numbers go back, by which processes see that something changed: they are raised once more. */
const REVISIONS = 'snapshots_revision';

const orders = new WeakMap<object, Promise<ReadonlyMap<string, number>>>();

/** A number for every table, higher than those of all tables that it refers to. */
function orderOf(db: Database): Promise<ReadonlyMap<string, number>> {
  const known = orders.get(db.client) ?? readOrder(db);
  orders.set(db.client, known);
  return known;
}

async function readOrder(db: Database): Promise<ReadonlyMap<string, number>> {
  const found = await rowsOf<{ of: string; to: string }>(
    db,
    isPostgres(db)
      ? `select conrelid::regclass::text as of, confrelid::regclass::text as to from pg_constraint where contype = 'f'`
      : `select t.name as "of", k."table" as "to" from pragma_table_list t, pragma_foreign_key_list(t.name) k
          where t.schema = 'main'`,
  );
  const order = new Map<string, number>();
  const place = (table: string): number => {
    const known = order.get(table);
    if (known !== undefined) return known;
    const parents = found.filter(({ of, to }) => of === table && to !== table).map(({ to }) => place(to));
    const own = Math.max(-1, ...parents) + 1;
    order.set(table, own);
    return own;
  };
  for (const { of, to } of found) for (const table of [of, to]) place(table);
  return order;
}

/** The part of a row that finds it again. */
const keyOf = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([column]) => keyColumns(row)?.includes(column) ?? true));

/** Undoes differences; what goes with a row that is deleted, or stands in another's way, is left for another round. */
async function undo(trx: Transaction, found: readonly Difference[], order: ReadonlyMap<string, number>): Promise<void> {
  const rank = ({ table }: Difference): number => order.get(table) ?? 0;
  const parentsFirst = [...found].sort((a, b) => rank(a) - rank(b));
  for (const { table, kind, after = {} } of [...parentsFirst].reverse()) {
    if (kind === 'added') await trx(table).where(keyOf(after)).delete();
  }
  for (const { table, kind, before = {} } of parentsFirst) if (kind === 'removed') await trx(table).insert(before);
  for (const { table, kind, before = {}, columns } of parentsFirst) {
    if (kind !== 'changed') continue;
    await trx(table)
      .where(keyOf(before))
      .update(Object.fromEntries(columns.map((column) => [column, before[column]])));
  }
}

const ROUNDS = 3;

/** The state that a database is brought back to again and again. */
export class Baseline {
  private constructor(
    private readonly db: Database,
    private state: Dump,
  ) {}

  static async of(db: Database): Promise<Baseline> {
    return new Baseline(db, await dump(db, LOG));
  }

  /** What `work` does belongs to the state from now on; what was done since the state and before it does not. */
  async include<T>(work: () => Promise<T>): Promise<T> {
    const before = await dump(this.db, LOG);
    const result = await work();
    this.state = withDifferences(this.state, differences(before, await dump(this.db, LOG)));
    return result;
  }

  /** Undoes every change since, and lets what is kept in memory be read again. Throws when something is left. */
  async takeBack(): Promise<void> {
    const { db } = this;
    let now = await dump(db, LOG);
    const raised = differences(this.state, now).filter(({ table }) => table === REVISIONS);
    const left = () => differences(this.state, now).filter(({ table }) => table !== REVISIONS);
    for (let round = 1; left().length > 0; round++) {
      if (round > ROUNDS) throw new Error(`not taken back: ${JSON.stringify(left())}`);
      const [found, order] = [left(), await orderOf(db)];
      await inTransaction(db, (trx) => undo(trx, found, order));
      now = await dump(db, LOG);
    }
    if (raised.length === 0) return;
    await inTransaction(db, async (trx) => {
      for (const { after } of raised) await bumpRevision(trx, String(after?.scope));
    });
    this.state = await dump(db, LOG);
  }
}
