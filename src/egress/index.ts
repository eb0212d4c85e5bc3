export { createEgress, type Egress, type EgressOptions } from './egress';
export { EgressError, type EgressErrorKind } from './errors';
export type { EgressSettings } from './rules';
