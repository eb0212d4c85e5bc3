export {
  ALL_OFF,
  type FeatureFlagKey,
  type FeatureFlags,
  hasFeature,
  PRODUCER_FEATURES,
  producerFeatures,
} from './features';
export { chooseMember, isGating, listMembers, type ProducerMember } from './members';
export { addProducer, bumpProducers, createProducer, PRODUCERS_SCOPE } from './producers';
export type { NewProducer, ProducerRole } from './queries';
