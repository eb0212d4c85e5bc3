import type { Describable } from './describe';
import { parseLanguages } from './types';

/** A flag's row of the admin, as far as its sentence needs it; link counts and titles come from the list. */
export function describableRow(row: Record<string, unknown>): Describable {
  // The list knows how many people there are, not who they are; that is enough for words.
  const userIds = Array.isArray(row.users) ? (row.users as number[]) : new Array<number>(Number(row.users_count ?? 0));
  const groups = Array.isArray(row.groups_titles) ? row.groups_titles.map(String) : [];
  const percent = row.percent;
  return {
    everyone: typeof row.everyone === 'boolean' ? row.everyone : null,
    percent: typeof percent === 'number' ? percent : null,
    testing: row.testing === true,
    superusers: row.superusers === true,
    staff: row.staff === true,
    authenticated: row.authenticated === true,
    languages: parseLanguages(String(row.languages ?? '')),
    userIds,
    groups: groups.map((name) => ({ name })),
  };
}
