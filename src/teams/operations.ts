import { recordAudit } from '../audit';
import { type Database, inTransaction, isUniqueViolation, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict, notFound, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { bumpRevision } from '../snapshots';
import { describeFlag } from './describe';
import { findFlag, insertFlag, lockNames, updateFlagRow } from './queries';
import { forgetFound } from './queries-missing';
import { type Flag, type FlagSettings, isName, type Kind, NEW_FLAG } from './types';

/** The scope of everything in this feature. */
export const SCOPE = 'global';

/** What the operations need; `Services` has all of it. */
export interface FlagParts {
  readonly db: Database;
  readonly clock: Clock;
}

/**
 * Says that flags, switches or samples change with this transaction: every process loads them anew after the commit, and
 * names that exist by now leave the list of missing ones. For whoever writes these tables.
 */
export async function bumpFlags(trx: Transaction): Promise<void> {
  await forgetFound(trx);
  await bumpRevision(trx, SCOPE);
}

/** A flag's settings without what the machine keeps about it. */
export const settingsOf = (flag: Flag): FlagSettings => ({
  everyone: flag.everyone,
  percent: flag.percent,
  testing: flag.testing,
  superusers: flag.superusers,
  staff: flag.staff,
  authenticated: flag.authenticated,
  languages: flag.languages,
  userIds: flag.userIds,
  groupIds: flag.groups.map(({ id }) => id),
  rollout: flag.rollout,
  note: flag.note,
});

const sorted = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);

/** Settings as the audit log keeps them: by the fields' names in the admin. */
export function auditValues({ userIds, groupIds, languages, ...columns }: FlagSettings): Record<string, unknown> {
  return { ...columns, languages: languages.join(', '), users: sorted(userIds), groups: sorted(groupIds) };
}

/** The values of `a` that are others in `b`. */
const differing = (a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(a).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(b[key])));

/** Refuses (422) what code could not ask for. */
export function checkName(kind: Kind, name: string): void {
  if (isName(name)) return;
  throw unprocessable(
    `“${name.slice(0, 120)}” cannot be the name of a ${kind}. Use up to 100 letters, digits, underscores, dots, colons and hyphens.`,
  );
}

/** Refuses a share that is not within its bounds or finer than a tenth. */
export function checkPercent(percent: number, most: number): void {
  if (percent >= 0 && percent <= most && Number(percent.toFixed(1)) === percent) return;
  const hint = most < 100 && percent === 100 ? ' For everybody, turn it on for everyone instead.' : '';
  throw unprocessable(`Use a percentage from 0 to ${most} with at most one decimal place.${hint}`);
}

const taken = (kind: Kind, name: string) => conflict(`There is already a ${kind} “${name}”. Nothing was changed.`);
/** 404 for a name that does not exist. */
export const missing = (kind: Kind, name: string) => notFound(`There is no ${kind} “${name}”.`, `${kind}_not_found`);

/** One transaction around a write of this feature; a name that somebody else took meanwhile is said as such. */
export async function writing<T>(
  parts: FlagParts,
  kind: Kind,
  name: string,
  work: (trx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await inTransaction(parts.db, work);
  } catch (error) {
    if (isUniqueViolation(error)) throw taken(kind, name);
    throw error;
  }
}

async function mustFind(trx: Transaction, name: string): Promise<Flag> {
  const flag = await findFlag(trx, name);
  if (flag === undefined) throw missing('flag', name);
  return flag;
}

/** Adds a flag. What is not given is as in a new flag: on for superusers only. Throws 409 and 422. */
export async function createFlag(
  parts: FlagParts,
  actor: Actor,
  name: string,
  given: Partial<FlagSettings> = {},
): Promise<Flag> {
  checkName('flag', name);
  const settings = { ...NEW_FLAG, ...given };
  if (settings.percent !== null) checkPercent(settings.percent, 99.9);
  return writing(parts, 'flag', name, async (trx) => {
    const id = await insertFlag(trx, name, settings, parts.clock.now());
    const flag = await mustFind(trx, name);
    await bumpFlags(trx);
    await recordAudit(trx, parts.clock, actor, {
      action: 'add',
      objectType: 'teams.flag',
      objectId: id,
      objectLabel: name,
      after: { name, ...auditValues(settings) },
      message: `Added the flag. ${describeFlag(flag)}`,
    });
    return flag;
  });
}

/**
 * Changes a flag. `wanted` gets the flag as it is and returns what is to be different. Nothing is written when nothing
 * is. Throws 404 and 422.
 */
export async function updateFlag(
  parts: FlagParts,
  actor: Actor,
  name: string,
  wanted: (flag: Flag) => Partial<FlagSettings>,
): Promise<{ before: Flag; after: Flag }> {
  return writing(parts, 'flag', name, async (trx) => {
    await lockNames(trx, 'flag', [name]);
    const before = await mustFind(trx, name);
    const settings = wanted(before);
    if (settings.percent !== undefined && settings.percent !== null) checkPercent(settings.percent, 99.9);
    const was = auditValues(settingsOf(before));
    const is = auditValues({ ...settingsOf(before), ...settings });
    const changed = differing(is, was);
    if (Object.keys(changed).length === 0) return { before, after: before };
    await updateFlagRow(trx, before.id, settings, parts.clock.now());
    const after = await mustFind(trx, name);
    await bumpFlags(trx);
    await recordAudit(trx, parts.clock, actor, {
      action: 'change',
      objectType: 'teams.flag',
      objectId: before.id,
      objectLabel: name,
      before: differing(was, is),
      after: changed,
      message: `Was: ${describeFlag(before)} Now: ${describeFlag(after)}`,
    });
    return { before, after };
  });
}

/** Turns a flag on or off for everyone, or leaves it to its rules (null). Throws 404. */
export const setEveryone = (
  parts: FlagParts,
  actor: Actor,
  name: string,
  everyone: boolean | null,
): Promise<{ before: Flag; after: Flag }> => updateFlag(parts, actor, name, () => ({ everyone }));
