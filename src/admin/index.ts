export { bulkDelete, bulkUpdate, countDiffering } from './bulk';
export * from './declare';
export { customFilter, emptyFilter } from './filters';
export type { AdminParts } from './frame';
export { adminRoutes } from './routes';
export { AdminSite, changeUrl, modelUrl } from './site';
export { type Sql, sql } from './sql';
export { timestamps } from './stamps';
