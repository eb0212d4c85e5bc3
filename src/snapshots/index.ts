export { bumpRevision, type SnapshotPace, Snapshots } from './snapshots';
export type { SnapshotOptions, SnapshotSource, SnapshotStatus } from './source';
