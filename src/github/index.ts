export { findReadingState, type ListedRepository, listLatestRepositories, type ReadingState } from './queries';
export { type ReadingParts, readRepositories } from './read-repositories';
