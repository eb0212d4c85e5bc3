export { type DirectoryEntry, findProducer, listProducers } from './directory';
export { createFeatureUse, type FeatureUse } from './feature-use';
export {
  ALL_OFF,
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
  readFeatures,
  visibleFeatures,
} from './members';
export { Producer } from './models';
export { addProducer, bumpProducers, createProducer, PRODUCERS_SCOPE } from './producers';
export { type NewProducer, type ProducerRole, readPlaces } from './queries';
