export { type Change, recordAudit, recordAudits, verifyChain } from './audit';
export { countChangesOfRequest, type Entry, type EntryFilter, listEntries, readChangesOfRequest } from './queries';
