import type { Logger } from 'pino';
import { type Database, whileUnchanged } from '../db';
import type { Flags } from '../teams';
import { ALL_OFF, ALL_ON, type FeatureFlags, toFeatureFlags } from './features';
import { listMemberRows, listMemberRowsWithoutFlags, type MemberRow, type ProducerRole } from './queries';

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
}

/** Whether features are kept from producers that do not have them. */
export const isGating = (flags: Flags): boolean => flags.switchIsActive(PRODUCER_FLAGS_SWITCH);

/**
 * The active producers that somebody belongs to, the first one they joined first. Flags that are missing or cannot be read
 * count as off, which is logged; producers are listed all the same.
 */
export async function listMembers({ db, log, flags }: Parts, userId: number): Promise<readonly ProducerMember[]> {
  const gating = isGating(flags);
  const rows = await whileUnchanged(db, `producers of ${userId}`, () => readRows(db, log, userId));
  return rows.map((row) => toMember(row, gating ? toFeatureFlags(row) : ALL_ON));
}

async function readRows(db: Database, log: Logger, userId: number): Promise<MemberRow[]> {
  try {
    return await listMemberRows(db, userId);
  } catch (error) {
    log.error({ err: error }, 'the flags of producers cannot be read and count as off');
    return listMemberRowsWithoutFlags(db, userId);
  }
}

const toMember = (row: MemberRow, features: FeatureFlags = ALL_OFF): ProducerMember => ({
  producer: { id: row.id, name: row.name, slug: row.slug, contactEmail: row.contact_email },
  role: row.role,
  canPublishShows: Boolean(row.can_publish_shows),
  features,
});

/** Of somebody's producers the one with that slug, or the first when none is named; undefined when there is no such. */
export const chooseMember = (members: readonly ProducerMember[], slug?: string): ProducerMember | undefined =>
  slug === undefined || slug === '' ? members[0] : members.find(({ producer }) => producer.slug === slug);
