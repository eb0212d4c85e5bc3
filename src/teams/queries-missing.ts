import { type Database, fromDbTime, type Transaction, toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';
import type { Kind } from './types';

/** A name that code asked for, and how often since it was last written down. */
export interface AskedName {
  kind: Kind;
  name: string;
  asked: number;
}

/** SQLite takes at most 500 rows in one statement as Knex writes it. */
const ROWS_AT_ONCE = 400;

const TABLES = { flag: 'teams_flag', switch: 'teams_switch', sample: 'teams_sample' } as const;

/**
 * Writes down names that code asked for and that do not exist. Names that are known are counted up; new ones are taken
 * while there are fewer than `most`, so that names made up by strangers cannot fill the table.
 */
export async function recordMissing(
  trx: Transaction,
  names: readonly AskedName[],
  { now, most }: { now: Date; most: number },
): Promise<void> {
  const known = new Set<string>();
  for (const { kind, name } of (await trx('teams_missing').select('kind', 'name')) as Pick<
    AskedName,
    'kind' | 'name'
  >[])
    known.add(`${kind}:${name}`);
  const isKnown = ({ kind, name }: AskedName) => known.has(`${kind}:${name}`);
  const room = Math.max(0, most - known.size);
  const rows = [...names.filter(isKnown), ...names.filter((asked) => !isKnown(asked)).slice(0, room)];
  const time = toDbTime(now);
  for (const some of chunksOf(rows, ROWS_AT_ONCE)) {
    await trx('teams_missing')
      .insert(some.map(({ kind, name, asked }) => ({ kind, name, asked, created_at: time, modified_at: time })))
      .onConflict(['kind', 'name'])
      .merge({ asked: trx.raw('?? + excluded.??', ['teams_missing.asked', 'asked']), modified_at: time });
  }
}

/** A name that code asked for in vain. */
export interface MissingName extends AskedName {
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** All names that code asked for and that do not exist, by name. */
export async function listMissing(db: Database): Promise<MissingName[]> {
  const rows = (await db('teams_missing').orderBy(['name', 'kind']).select('*')) as (AskedName & {
    created_at: unknown;
    modified_at: unknown;
  })[];
  return rows.map(({ kind, name, asked, created_at, modified_at }) => ({
    kind,
    name,
    asked: Number(asked),
    firstAt: fromDbTime(created_at),
    lastAt: fromDbTime(modified_at),
  }));
}

/** Takes names off the list that exist by now. */
export async function forgetFound(trx: Transaction): Promise<void> {
  for (const kind of ['flag', 'switch', 'sample'] as const) {
    await trx('teams_missing').where({ kind }).whereIn('name', trx(TABLES[kind]).select('name')).delete();
  }
}
