import type { Logger } from 'pino';
import { type Database, fromDbTime } from '../db';
import type { Flags } from '../teams';
import type { FeatureFlags } from './features';
import { noteUnreadable, readOwnFlags, visibleFeatures } from './members';
import { countProducers, type DirectoryRow, findProducerRow, listProducerRows } from './queries-directory';
import type { FlagRow } from './ruleset';

/** A producer as staff see it from outside. */
export interface DirectoryEntry {
  readonly id: number;
  readonly name: string;
  readonly slug: string;
  readonly contactEmail: string;
  readonly isActive: boolean;
  readonly features: FeatureFlags;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

interface Parts {
  readonly db: Database;
  readonly log: Logger;
  readonly flags: Flags;
}

/** Longest search that is taken, and most words of it that count. */
const MAX_SEARCH = 200;
const MAX_WORDS = 8;

/** A page of all producers, or of those whose name, slug or contact have all words of the search; the oldest first. */
export async function listProducers(
  parts: Parts,
  { search, page, pageSize }: { search: string; page: number; pageSize: number },
): Promise<{ count: number; entries: DirectoryEntry[] }> {
  const words = search.slice(0, MAX_SEARCH).split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
  const count = await countProducers(parts.db, words);
  const rows = await listProducerRows(parts.db, words, { offset: (page - 1) * pageSize, limit: pageSize });
  return { count, entries: await withFeatures(parts, rows) };
}

/** The producer with this id; undefined when there is none. */
export async function findProducer(parts: Parts, id: number): Promise<DirectoryEntry | undefined> {
  const row = await findProducerRow(parts.db, id);
  return row && (await withFeatures(parts, [row]))[0];
}

async function withFeatures({ db, log, flags }: Parts, rows: readonly DirectoryRow[]): Promise<DirectoryEntry[]> {
  const ids = rows.map(({ id }) => id);
  const own = await readOwnFlags(db, ids).catch((error: unknown) => {
    noteUnreadable(db, log, error);
    return new Map<number, FlagRow>();
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    slug: row.slug,
    contactEmail: row.contact_email,
    isActive: Boolean(row.is_active),
    features: visibleFeatures(flags, own.get(row.id) ?? {}),
    createdAt: fromDbTime(row.created_at),
    modifiedAt: fromDbTime(row.modified_at),
  }));
}
