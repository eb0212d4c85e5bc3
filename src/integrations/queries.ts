import { type Database, type Transaction, toDbTime } from '../db';

/** Notes that a person wants an integration. Gives the new row's id, or nothing when it was noted before. */
export async function insertInterest(
  trx: Transaction,
  interest: { userId: number; integration: string; organizationId: number | null; now: Date },
): Promise<number | undefined> {
  const rows = (await trx('integrations_interest')
    .insert({
      user_id: interest.userId,
      integration: interest.integration,
      organization_id: interest.organizationId,
      created_at: toDbTime(interest.now),
    })
    .onConflict(['user_id', 'integration'])
    .ignore()
    .returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** The slugs of all integrations that a person has asked for. */
export async function listInterests(db: Database, userId: number): Promise<Set<string>> {
  return new Set<string>(await db('integrations_interest').where('user_id', userId).pluck('integration'));
}
