export { createJobs, type Jobs, retryJob } from './jobs';
export {
  type JobHandler,
  type JobKind,
  type JobTools,
  jobKind,
  PermanentFailure,
  type RunningJob,
  TemporaryFailure,
} from './kinds';
export type { Pace } from './pace';
export { findJob, type Job, type JobState } from './queries';
