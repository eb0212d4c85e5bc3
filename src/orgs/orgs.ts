import { recordAudit } from '../audit';
import { type Database, inTransaction, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict } from '../lib/http-error';
import { slugify } from '../lib/slug';
import type { Actor } from '../lib/viewer';
import {
  findOrganization,
  insertMembership,
  insertOrganization,
  type Organization,
  takenSlugs,
  updateName,
} from './queries';

interface Parts {
  readonly db: Database;
  readonly clock: Clock;
}

const LONGEST_SLUG = 50;
/** Addresses below /o/ that are pages of ours. */
const RESERVED = new Set(['new', 'api', 'admin']);

/** Slugs for a name, the nicest first: `acme`, `acme-2`, `acme-3` … A name without Latin letters or digits gets a common word. */
function slugCandidates(name: string, from: number, count: number): string[] {
  const base = slugify(name, LONGEST_SLUG) || 'organization';
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return numbers
    .map((number) => (number === 1 ? base : `${base}-${number}`))
    .filter((candidate) => !RESERVED.has(candidate));
}

const STRETCH = 50;

/** The slug that an organization of this name would get now. */
export async function suggestSlug(db: Database | Transaction, name: string): Promise<string> {
  for (let from = 1; ; from += STRETCH) {
    const candidates = slugCandidates(name, from, STRETCH);
    const taken = await takenSlugs(db, candidates);
    const free = candidates.find((candidate) => !taken.has(candidate));
    if (free !== undefined) return free;
  }
}

/** Adds an organization under a slug of its own, also when others ask for the same name at this moment. */
async function insertWithSlug(
  trx: Transaction,
  organization: { name: string; timeZone: string; now: Date },
): Promise<Organization> {
  for (let attempt = 0; attempt < STRETCH; attempt++) {
    const slug = await suggestSlug(trx, organization.name);
    const inserted = await insertOrganization(trx, { ...organization, slug });
    if (inserted !== undefined) return inserted;
  }
  throw conflict('Many organizations of this name are being created at this moment. Nothing was saved. Try again.');
}

export interface NewOrganization {
  readonly name: string;
  readonly timeZone?: string;
  readonly ownerId: number;
}

/** Adds an organization with its first owner, in the caller's transaction. The slug is made from the name and unique. */
export async function addOrganization(
  trx: Transaction,
  clock: Clock,
  actor: Actor,
  { name, timeZone = 'UTC', ownerId }: NewOrganization,
): Promise<Organization> {
  const now = clock.now();
  const organization = await insertWithSlug(trx, { name, timeZone, now });
  await insertMembership(trx, { organizationId: organization.id, userId: ownerId, role: 'owner', now });
  await recordAudit(trx, clock, actor, {
    action: 'add',
    objectType: 'orgs.organization',
    objectId: organization.id,
    objectLabel: name,
    after: { name, slug: organization.slug, time_zone: timeZone, owner: ownerId },
    message: `Created the organization ${name}.`,
    organizationId: organization.id,
  });
  return organization;
}

/** Creates an organization with its first owner, in a transaction of its own. */
export const createOrganization = ({ db, clock }: Parts, actor: Actor, given: NewOrganization): Promise<Organization> =>
  inTransaction(db, (trx) => addOrganization(trx, clock, actor, given));

/** Gives an organization another name; its slug, and with it every address, stays. True when there was a change. */
export function renameOrganization({ db, clock }: Parts, actor: Actor, id: number, name: string): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const organization = await findOrganization(trx, id);
    if (organization === undefined || organization.name === name) return false;
    await updateName(trx, id, name, clock.now());
    await recordAudit(trx, clock, actor, {
      action: 'change',
      objectType: 'orgs.organization',
      objectId: id,
      objectLabel: name,
      before: { name: organization.name },
      after: { name },
      message: `Renamed the organization ${organization.name} to ${name}.`,
      organizationId: id,
    });
    return true;
  });
}
