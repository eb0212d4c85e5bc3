import { type Database, inTransaction } from '../../src/db';
import { bumpProducers, type FeatureFlagKey, PRODUCER_FEATURES } from '../../src/producers';

/** Gives a producer exactly these features, as staff would. */
export const setFeatures = (db: Database, slug: string, features: readonly FeatureFlagKey[]): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { id } = await trx('producers_producer').where({ slug }).first('id');
    const values = Object.entries(PRODUCER_FEATURES).map(([key, { column }]) => [
      column,
      features.includes(key as FeatureFlagKey),
    ]);
    await trx('producers_featureflags').where({ producer_id: id }).update(Object.fromEntries(values));
    await bumpProducers(trx, [id]);
  });
