import type { ModelAdmin } from './declare';
import type { AdminParts } from './frame';
import { addressParams, type ListState, parseListState } from './list-state';

/** A list with what its address asks for. */
export function scopeOf(parts: AdminParts, admin: ModelAdmin, state: ListState) {
  return { db: parts.db, site: parts.site, admin, filters: parts.site.filtersOf(admin), state, now: parts.clock.now() };
}

/** What the address of a list asks for. */
export function stateOf(parts: AdminParts, admin: ModelAdmin, query: Record<string, unknown>): ListState {
  return parseListState(admin, parts.site.filtersOf(admin), addressParams(query), parts.clock.now());
}
