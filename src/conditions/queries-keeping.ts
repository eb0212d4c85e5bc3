import { type Transaction, toDbTime } from '../db';

/** Notes when a name was put away; null takes it back out. */
export async function updateArchived(trx: Transaction, name: string, at: Date | null, now: Date): Promise<void> {
  await trx('flags_flaginfo')
    .where({ name })
    .update({ archived_at: at === null ? null : toDbTime(at), modified_at: toDbTime(now) });
}

/** Says whether rows of who got a flag are kept, and for how many percent of the evaluations. */
export async function updateTracking(
  trx: Transaction,
  name: string,
  { trackUsage, sampleRate }: { trackUsage: boolean; sampleRate: number },
  now: Date,
): Promise<void> {
  await trx('flags_flaginfo')
    .where({ name })
    .update({ track_usage: trackUsage, sample_rate: sampleRate, modified_at: toDbTime(now) });
}
