import type { Knex } from 'knex';
import { fromDbTimeOrNull, type Transaction, toDbTime } from '../db';
import type { Repository } from './client';

/** How far reading the repositories of one connection has come. */
export interface Reading {
  readonly connectionId: number;
  /** Pages that are read and kept. */
  readonly page: number;
  /** Of how many, as far as GitHub says. */
  readonly pages: number | null;
  /** Which reading this is; repositories that it does not see go at its end. */
  readonly round: number;
  readonly finishedAt: Date | null;
}

interface ReadingRow {
  connection_id: number;
  account_id: string;
  page: number;
  pages: number | null;
  round: number;
  finished_at: unknown;
}

const READINGS = 'github_reading';
const REPOSITORIES = 'github_repository';

const toReading = (row: ReadingRow): Reading => ({
  connectionId: row.connection_id,
  page: row.page,
  pages: row.pages,
  round: row.round,
  finishedAt: fromDbTimeOrNull(row.finished_at),
});

/** What stands of a reading of this account: nothing when there was none, or another account was connected then. */
export async function findReading(db: Knex, connectionId: number, accountId: string): Promise<Reading | undefined> {
  const row = (await db(READINGS).where({ connection_id: connectionId, account_id: accountId }).first()) as
    | ReadingRow
    | undefined;
  return row && toReading(row);
}

/** Begins anew: what was read before stays until it is seen again or the reading ends, unless it is of another account. */
export async function beginReading(
  trx: Transaction,
  { connectionId, accountId, now }: { connectionId: number; accountId: string; now: Date },
): Promise<void> {
  const known = await findReading(trx, connectionId, accountId);
  if (known === undefined) await trx(REPOSITORIES).where({ connection_id: connectionId }).delete();
  const time = toDbTime(now);
  const values = {
    account_id: accountId,
    page: 0,
    pages: known?.pages ?? null,
    round: (known?.round ?? 0) + 1,
    started_at: time,
    finished_at: null,
    modified_at: time,
  };
  await trx(READINGS)
    .insert({ connection_id: connectionId, ...values })
    .onConflict('connection_id')
    .merge(Object.keys(values));
}

/** Keeps one page of repositories, and that it is read. */
export async function keepPage(
  trx: Transaction,
  { connectionId, round }: Reading,
  { page, pages, repositories, now }: { page: number; pages: number; repositories: readonly Repository[]; now: Date },
): Promise<void> {
  const time = toDbTime(now);
  const rows = repositories.map((each) => ({
    connection_id: connectionId,
    external_id: each.externalId,
    full_name: each.fullName,
    private: each.isPrivate,
    archived: each.isArchived,
    default_branch: each.defaultBranch,
    language: each.language,
    pushed_at: each.pushedAt === null ? null : toDbTime(each.pushedAt),
    round,
    created_at: time,
    modified_at: time,
  }));
  // One that moved to this page while the pages were read is in the answer once more.
  const distinct = [...new Map(rows.map((row) => [row.external_id, row])).values()];
  if (distinct.length > 0) {
    await trx(REPOSITORIES)
      .insert(distinct)
      .onConflict(['connection_id', 'external_id'])
      .merge(['full_name', 'private', 'archived', 'default_branch', 'language', 'pushed_at', 'round', 'modified_at']);
  }
  await trx(READINGS).where({ connection_id: connectionId }).update({ page, pages, modified_at: time });
}

/** Ends a reading: what it has not seen is not there any more. */
export async function finishReading(trx: Transaction, { connectionId, round }: Reading, now: Date): Promise<void> {
  await trx(REPOSITORIES).where({ connection_id: connectionId }).whereNot({ round }).delete();
  const time = toDbTime(now);
  await trx(READINGS).where({ connection_id: connectionId }).update({ finished_at: time, modified_at: time });
}

/** What a person's GitHub connection has brought. */
export interface ReadingState {
  readonly accountName: string;
  /** How far reading has come; nothing when it never began. */
  readonly reading: Pick<Reading, 'page' | 'pages' | 'finishedAt'> | undefined;
  /** Repositories that are kept. */
  readonly count: number;
  /** Those that this reading has seen. */
  readonly seen: number;
}

/** How reading a person's repositories stands; nothing when they have not connected GitHub. One statement. */
export async function findReadingState(db: Knex, userId: number): Promise<ReadingState | undefined> {
  const kept = () => db(REPOSITORIES).where('connection_id', db.ref('c.id')).count('*');
  const row = (await db('integration_connections as c')
    .leftJoin(`${READINGS} as r`, (on) => on.on('r.connection_id', 'c.id').andOn('r.account_id', 'c.external_id'))
    .where({ 'c.user_id': userId, 'c.provider': 'github' })
    .first(
      'c.external_name',
      'r.page',
      'r.pages',
      'r.finished_at',
      kept().as('kept'),
      kept().where('round', db.ref('r.round')).as('seen'),
    )) as
    | {
        external_name: string;
        page: number | null;
        pages: number | null;
        finished_at: unknown;
        kept: unknown;
        seen: unknown;
      }
    | undefined;
  if (row === undefined) return undefined;
  const { external_name: accountName, page, pages, finished_at: finishedAt } = row;
  const reading = page === null ? undefined : { page, pages, finishedAt: fromDbTimeOrNull(finishedAt) };
  return { accountName, reading, count: Number(row.kept), seen: Number(row.seen) };
}

/** A repository as a list shows it. */
export type ListedRepository = Pick<Repository, 'fullName' | 'isPrivate' | 'isArchived' | 'language' | 'pushedAt'>;

/** A person's repositories, those pushed to last first. */
export async function listLatestRepositories(db: Knex, userId: number, most: number): Promise<ListedRepository[]> {
  const rows = (await db(`${REPOSITORIES} as t`)
    .join('integration_connections as c', 'c.id', 't.connection_id')
    .where({ 'c.user_id': userId, 'c.provider': 'github' })
    .orderByRaw('t.pushed_at is null, t.pushed_at desc, t.full_name')
    .limit(most)
    .select('t.full_name', 't.private', 't.archived', 't.language', 't.pushed_at')) as {
    full_name: string;
    private: unknown;
    archived: unknown;
    language: string;
    pushed_at: unknown;
  }[];
  return rows.map((row) => ({
    fullName: row.full_name,
    isPrivate: Boolean(row.private),
    isArchived: Boolean(row.archived),
    language: row.language,
    pushedAt: fromDbTimeOrNull(row.pushed_at),
  }));
}
