export { type DirectoryEntry, findProducer, listProducers } from './directory';
export { createFeatureUse, type FeatureUse } from './feature-use';
export {
  type FeatureFlagKey,
  type FeatureFlags,
  hasFeature,
  PRODUCER_FEATURES,
  producerFeatures,
} from './features';
export { ImportError, importProducers } from './import';
export {
  chooseMember,
  isGating,
  listMembers,
  type ProducerMember,
  readOwnFlags,
  visibleFeatures,
} from './members';
export { Producer } from './models';
export { addProducer, bumpProducers, createProducer, PRODUCERS_SCOPE } from './producers';
export { type NewProducer, type ProducerRole, readPlaces } from './queries';
export { countFeatures, type FeatureCount } from './queries-use';
export type { FlagRow } from './ruleset';
