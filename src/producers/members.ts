import type { Logger } from 'pino';
import { type Database, whileUnchanged } from '../db';
import type { Flags } from '../teams';
import type { Usage } from '../usage';
import { decideFeatures } from './decide';
import { type FeatureFlags, producerFeatures } from './features';
import { listMemberRows, listMemberRowsWithoutFlags, type MemberRow, type ProducerRole, readFlagRows } from './queries';
import { type FlagRow, lacksRow } from './ruleset';

/** The switch that turns the gating of producers' features off for everybody. */
export const PRODUCER_FLAGS_SWITCH = 'producer_flags_enabled';

/** Somebody's place in a producer, and what that producer has. */
export interface ProducerMember {
  readonly producer: {
    readonly id: number;
    readonly name: string;
    readonly slug: string;
    readonly contactEmail: string;
  };
  readonly role: ProducerRole;
  readonly canPublishShows: boolean;
  readonly features: FeatureFlags;
}

interface Parts {
  readonly db: Database;
  readonly log: Logger;
  readonly flags: Flags;
  readonly usage: Usage;
}

/** Whether features are kept from producers that do not have them. They are, too, while the switch cannot be read. */
export const isGating = (flags: Flags): boolean => flags.switchIsActive(PRODUCER_FLAGS_SWITCH, true);

/** What a producer with this row of flags sees now: everything while gating is switched off. */
export const visibleFeatures = (flags: Flags, own: FlagRow): FeatureFlags => decideFeatures(own, isGating(flags));

/** Which process has said that flags cannot be read; said once, until they can again. */
const failing = new WeakSet<Database>();

/**
 * The active producers that somebody belongs to, the first one they joined first. Flags that are missing or cannot be read
 * count as off, which is logged; producers are listed all the same.
 */
export async function listMembers(
  { db, log, flags, usage }: Parts,
  userId: number,
): Promise<readonly ProducerMember[]> {
  const gating = isGating(flags);
  const rows = await readRows(db, log, userId);
  return rows.map((row) => {
    const features = decideFeatures(row, gating);
    for (const [key, { column }] of producerFeatures)
      usage.counter('producer').count(column, features[key] ? 'on' : 'off');
    return toMember(row, features);
  });
}

/** Says that flags cannot be read, which then count as off. */
export function noteUnreadable(db: Database, log: Logger, error: unknown): void {
  if (!failing.has(db)) log.error({ err: error }, 'the flags of producers cannot be read and count as off');
  failing.add(db);
}

async function readRows(db: Database, log: Logger, userId: number): Promise<MemberRow[]> {
  try {
    // What a failure leaves out is not kept: it is asked for again the next time.
    const rows = await whileUnchanged(db, `producers of ${userId}`, () => listMemberRows(db, userId));
    failing.delete(db);
    for (const row of rows) noteMissing(db, log, row);
    return rows;
  } catch (error) {
    const rows = await listMemberRowsWithoutFlags(db, userId);
    noteUnreadable(db, log, error);
    return rows;
  }
}

/** The producers of which each process has said that they have no row of flags; said once, until they have one. */
const without = new WeakMap<Database, Set<number>>();

function noteMissing(db: Database, log: Logger, row: MemberRow): void {
  const said = without.get(db) ?? new Set<number>();
  without.set(db, said);
  if (!lacksRow(row)) said.delete(row.id);
  else if (!said.has(row.id)) {
    said.add(row.id);
    log.error({ producer: row.id }, 'a producer has no row of flags, which count as off');
  }
}

const toMember = (row: MemberRow, features: FeatureFlags): ProducerMember => ({
  producer: { id: row.id, name: row.name, slug: row.slug, contactEmail: row.contact_email },
  role: row.role,
  canPublishShows: Boolean(row.can_publish_shows),
  features,
});

/** The row of flags of each of these producers, empty where there is none; one statement. Rejects when they cannot be read. */
export async function readOwnFlags(db: Database, producerIds: readonly number[]): Promise<Map<number, FlagRow>> {
  const rows = await readFlagRows(db, producerIds);
  return new Map(producerIds.map((id) => [id, rows.get(id) ?? {}]));
}

/** Of somebody's producers the one with that slug, or the first when none is named; undefined when there is no such. */
export const chooseMember = (members: readonly ProducerMember[], slug?: string): ProducerMember | undefined =>
  slug === undefined || slug === '' ? members[0] : members.find(({ producer }) => producer.slug === slug);
