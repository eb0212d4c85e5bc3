export { type Change, recordAudit, recordAudits, verifyChain } from './audit';
export { type Entry, type EntryFilter, listEntries, listEntriesOfRequest } from './queries';
