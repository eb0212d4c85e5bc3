import { recordAudit } from '../audit';
import { inTransaction, type Transaction } from '../db';
import { conflict, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { bumpRevision } from '../snapshots';
import { assertKnown, OBJECT_TYPE, SCOPE, type WriteParts } from './operations';
import { lockInfo, touchInfo } from './queries';
import { updateArchived, updateTracking } from './queries-keeping';
import type { FlagInfo } from './types';

const changedMeanwhile = () =>
  conflict('Somebody else has changed this meanwhile. Nothing was saved.', 'changed_meanwhile');

/** A change of what is kept of a flag: what the log says of it, and what writes it. */
interface Change {
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
  readonly message: string;
  write(trx: Transaction, now: Date): Promise<void>;
}

/**
 * Changes what is kept of a flag beside its conditions. `changeOf` sees it under the lock, and says what is to be done; when
 * it says nothing, nothing is. False then. Throws 404.
 */
async function changingInfo(
  parts: WriteParts,
  actor: Actor,
  name: string,
  changeOf: (before: FlagInfo) => Change | undefined,
): Promise<boolean> {
  const { db, clock } = parts;
  await assertKnown(parts, name);
  return inTransaction(db, async (trx) => {
    const now = clock.now();
    const change = changeOf(await lockInfo(trx, name, now));
    if (change === undefined) return false;
    const { before, after, message } = change;
    await change.write(trx, now);
    await bumpRevision(trx, SCOPE);
    const object = { objectType: OBJECT_TYPE, objectId: name, objectLabel: name };
    await recordAudit(trx, clock, actor, { action: 'change', ...object, before, after, message });
    return true;
  });
}

/**
 * Changes what a flag is said to be for. False when it says so already. Throws 404, and 409 when what there was is not what
 * `isSeen` knows: looked at under the lock, so that of several who saw the same one is kept.
 */
export const setDescription = (
  parts: WriteParts,
  actor: Actor,
  name: string,
  description: string,
  isSeen: (before: string) => boolean = () => true,
): Promise<boolean> =>
  changingInfo(parts, actor, name, (before) => {
    if (before.description === description) return undefined;
    if (!isSeen(before.description)) throw changedMeanwhile();
    return {
      before: { description: before.description },
      after: { description },
      message: 'Changed the description.',
      write: (trx, now) => touchInfo(trx, name, { description }, now),
    };
  });

/**
 * Puts a flag away from lists, or takes it back out; what it answers stays the same. False when it is so already. Throws
 * 404.
 */
export const setArchived = (parts: WriteParts, actor: Actor, name: string, archived: boolean): Promise<boolean> =>
  changingInfo(parts, actor, name, ({ archivedAt }) => {
    if ((archivedAt !== null) === archived) return undefined;
    return {
      before: { archived: !archived },
      after: { archived },
      message: archived ? 'Archived.' : 'Taken out of the archive.',
      write: (trx, now) => updateArchived(trx, name, archived ? now : null, now),
    };
  });

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
  return changingInfo(parts, actor, name, (before) => {
    if (before.trackUsage === trackUsage && before.sampleRate === sampleRate) return undefined;
    if (!isSeen(before)) throw changedMeanwhile();
    return {
      before: { track_usage: before.trackUsage, sample_rate: before.sampleRate },
      after: { track_usage: trackUsage, sample_rate: sampleRate },
      message: trackUsage
        ? `Keeps rows of who gets it, for ${sampleRate}% of the evaluations.`
        : 'Keeps no rows of who gets it any more.',
      write: (trx, now) => updateTracking(trx, name, wanted, now),
    };
  });
}
