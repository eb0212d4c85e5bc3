import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { conflict, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { bumpRevision } from '../snapshots';
import { assertKnown, OBJECT_TYPE, SCOPE, type WriteParts } from './operations';
import { lockInfo, touchInfo } from './queries';
import { updateArchived, updateTracking } from './queries-keeping';

const changedMeanwhile = () =>
  conflict('Somebody else has changed this meanwhile. Nothing was saved.', 'changed_meanwhile');

/**
 * Changes what a flag is said to be for. Throws 404, and 409 when what there was is not what `isSeen` knows: looked at under
 * the lock, so that of several who saw the same one is kept.
 */
export async function setDescription(
  parts: WriteParts,
  actor: Actor,
  name: string,
  description: string,
  isSeen: (before: string) => boolean = () => true,
): Promise<void> {
  const { db, clock } = parts;
  await assertKnown(parts, name);
  await inTransaction(db, async (trx) => {
    const now = clock.now();
    const before = await lockInfo(trx, name, now);
    if (before.description === description) return;
    if (!isSeen(before.description)) throw changedMeanwhile();
    await touchInfo(trx, name, { description }, now);
    await bumpRevision(trx, SCOPE);
    await recordAudit(trx, clock, actor, {
      action: 'change',
      objectType: OBJECT_TYPE,
      objectId: name,
      objectLabel: name,
      before: { description: before.description },
      after: { description },
      message: 'Changed the description.',
    });
  });
}

/**
 * Puts a flag away from lists, or takes it back out; what it answers stays the same. False when it is so already. Throws
 * 404.
 */
export async function setArchived(parts: WriteParts, actor: Actor, name: string, archived: boolean): Promise<boolean> {
  await assertKnown(parts, name);
  return inTransaction(parts.db, async (trx) => {
    const now = parts.clock.now();
    const before = await lockInfo(trx, name, now);
    if ((before.archivedAt !== null) === archived) return false;
    await updateArchived(trx, name, archived ? now : null, now);
    await bumpRevision(trx, SCOPE);
    await recordAudit(trx, parts.clock, actor, {
      action: 'change',
      objectType: OBJECT_TYPE,
      objectId: name,
      objectLabel: name,
      before: { archived: !archived },
      after: { archived },
      message: archived ? 'Archived.' : 'Taken out of the archive.',
    });
    return true;
  });
}

/** How a flag's use is kept by person. */
export interface Tracking {
  readonly trackUsage: boolean;
  /** For how many percent of the evaluations, more than 0 and at most 100. */
  readonly sampleRate: number;
}

/** Says whether rows of who got a flag are kept. False when nothing changes. Throws 404, 422, and 409 as above. */
export async function setTracking(
  parts: WriteParts,
  actor: Actor,
  name: string,
  wanted: Tracking,
  isSeen: (before: Tracking) => boolean = () => true,
): Promise<boolean> {
  const { trackUsage, sampleRate } = wanted;
  if (!(sampleRate > 0 && sampleRate <= 100) || Number(sampleRate.toFixed(2)) !== sampleRate)
    throw unprocessable('Use a percentage above 0 and up to 100, with at most two decimal places.');
  await assertKnown(parts, name);
  return inTransaction(parts.db, async (trx) => {
    const now = parts.clock.now();
    const before = await lockInfo(trx, name, now);
    if (before.trackUsage === trackUsage && before.sampleRate === sampleRate) return false;
    if (!isSeen(before)) throw changedMeanwhile();
    await updateTracking(trx, name, wanted, now);
    await bumpRevision(trx, SCOPE);
    await recordAudit(trx, parts.clock, actor, {
      action: 'change',
      objectType: OBJECT_TYPE,
      objectId: name,
      objectLabel: name,
      before: { track_usage: before.trackUsage, sample_rate: before.sampleRate },
      after: { track_usage: trackUsage, sample_rate: sampleRate },
      message: trackUsage
        ? `Keeps rows of who gets it, for ${sampleRate}% of the evaluations.`
        : 'Keeps no rows of who gets it any more.',
    });
    return true;
  });
}
