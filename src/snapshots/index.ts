export { bumpRevision } from './database';
export type { Snapshot, SnapshotStatus } from './holder';
export type { Part } from './parts';
export type { Json, RulesetSource, SourceHealth } from './port';
export { type SnapshotPace, Snapshots, type SnapshotsOptions, type SnapshotsState } from './snapshots';
