import { recordAudit } from '../audit';
import { type Database, inTransaction, isUniqueViolation, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict, notFound, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { bumpRevision } from '../snapshots';
import { asText, describe, type FlagStanding } from './describe';
import { readCondition } from './kinds';
import {
  deleteCondition,
  deleteFlagRows,
  findInfo,
  insertCondition,
  insertInfo,
  knownEmails,
  knownGroups,
  listConditions,
  lockInfo,
  type StoredCondition,
  touchInfo,
  updateCondition,
} from './queries';
import { isFlagName, MAX_CONDITIONS, MAX_VALUE, type StatedFlags } from './types';

/** The scope of everything in this feature. */
export const SCOPE = 'global';

/** What the audit log calls a flag with conditions; its id there is its name. */
export const OBJECT_TYPE = 'flags.flag';

/** What the operations need. */
export interface WriteParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly stated: StatedFlags;
  readonly segmentKeys: ReadonlySet<string>;
}

export interface NewFlag {
  readonly name: string;
  readonly description?: string;
  /** Whether it is on for everybody from the start. */
  readonly default?: boolean;
}

export type ConditionValues = { readonly condition: string; readonly value: string; readonly required?: boolean };

/** What became of a flag that was turned on or off. */
export interface Switched {
  readonly changed: boolean;
  /** The flag in words, as it is now. */
  readonly state: string;
  readonly standing: FlagStanding;
}

const taken = (name: string) => conflict(`There is already a flag “${name}”. Nothing was changed.`, 'flag_exists');
const missing = (name: string) => notFound(`There is no flag “${name}”.`, 'flag_not_found');
const double = () => conflict('This flag has this very condition already. Nothing was changed.', 'condition_exists');

/** The message for a name that code could not ask for; undefined for one that it can. */
export const wrongName = (name: string): string | undefined =>
  isFlagName(name)
    ? undefined
    : `“${name.slice(0, 120)}” cannot be the name of a flag. Use up to 100 letters, digits, underscores, dots, colons and hyphens.`;

/** Whether a name is of the form that we agreed upon: `module.feature.action`. */
export const followsConvention = (name: string): boolean => /^[a-z0-9_-]+(?:\.[a-z0-9_-]+){2}$/.test(name);

/** What is said where a name does not follow it. */
export const CONVENTION = 'Names have the form module.feature.action, like checkout.summary.view. Others work, too.';

/** What is wrong with a value that its kind can read: it names somebody, or something, that is not there. */
export async function whyNobody(
  db: Database,
  { condition, value }: Pick<ConditionValues, 'condition' | 'value'>,
): Promise<string | undefined> {
  const word = value.trim();
  if (condition === 'user' && word.includes('@')) {
    const email = word.toLowerCase();
    return (await knownEmails(db, [email])).has(email) ? undefined : `There is no account with the address ${email}.`;
  }
  if (condition !== 'group') return undefined;
  return (await knownGroups(db, [word])).has(word) ? undefined : `There is no group called ${word}.`;
}

/** Refuses (422) what never could hold: an unknown kind, a value that means nothing, somebody who is not there. */
export async function whyInvalid(
  db: Database,
  values: ConditionValues,
  segmentKeys: ReadonlySet<string>,
): Promise<string | undefined> {
  if (values.value.length > MAX_VALUE) return `Use at most ${MAX_VALUE} characters.`;
  const read = readCondition(values, segmentKeys);
  return read.ok ? whyNobody(db, values) : read.message;
}

const sortedTexts = (conditions: readonly StoredCondition[]): string[] => conditions.map(asText);

/** The database's conditions as the audit log keeps them, and as undoing puts them back. */
export const auditConditions = (conditions: readonly StoredCondition[]): Record<string, unknown> => ({
  conditions: conditions.map(({ condition, value, required }) => ({ condition, value, required })),
});

interface Change {
  /** What is told of it, in the past tense. */
  readonly message: string;
}

/**
 * Changes the database's conditions of one name: reads them under a lock, lets `work` write, and records both states. When
 * `work` returns nothing, nothing is recorded.
 */
export async function changingConditions<T extends Change>(
  { db, clock }: WriteParts,
  actor: Actor,
  name: string,
  work: (trx: Transaction, before: StoredCondition[], now: Date) => Promise<T | undefined>,
): Promise<{ before: StoredCondition[]; after: StoredCondition[]; result: T | undefined }> {
  try {
    return await inTransaction(db, async (trx) => {
      const now = clock.now();
      await lockInfo(trx, name, now);
      const before = await listConditions(trx, name);
      const result = await work(trx, before, now);
      const after = await listConditions(trx, name);
      if (result === undefined) return { before, after, result };
      await touchInfo(trx, name, {}, now);
      await bumpRevision(trx, SCOPE);
      await recordAudit(trx, clock, actor, {
        action: 'change',
        objectType: OBJECT_TYPE,
        objectId: name,
        objectLabel: name,
        before: auditConditions(before),
        after: auditConditions(after),
        message: result.message,
      });
      return { before, after, result };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw double();
    throw error;
  }
}

/** Whether any source knows the name; 404 when none does. */
export async function assertKnown({ db, stated }: Pick<WriteParts, 'db' | 'stated'>, name: string): Promise<void> {
  if (stated.conditions.has(name)) return;
  if ((await findInfo(db, name)) === undefined) throw missing(name);
}

/** Adds a flag with a boolean condition that is as `default` says. Throws 409 and 422. */
export async function createFlag(parts: WriteParts, actor: Actor, flag: NewFlag): Promise<void> {
  const { name, description = '', default: isOn = false } = flag;
  const { db, clock, stated } = parts;
  const wrong = wrongName(name);
  if (wrong !== undefined) throw unprocessable(wrong);
  if (stated.conditions.has(name)) throw taken(name);
  try {
    await inTransaction(db, async (trx) => {
      const now = clock.now();
      await insertInfo(trx, name, description, now);
      await insertCondition(trx, name, { condition: 'boolean', value: String(isOn), required: false }, now);
      await bumpRevision(trx, SCOPE);
      await recordAudit(trx, clock, actor, {
        action: 'add',
        objectType: OBJECT_TYPE,
        objectId: name,
        objectLabel: name,
        after: { name, description, ...auditConditions(await listConditions(trx, name)) },
        message: `Added the flag, ${isOn ? 'on' : 'off'} for everyone.`,
      });
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw taken(name);
    throw error;
  }
}

/** Removes what the database has of a flag; what settings and variables say of it stays. Throws 404. */
export async function deleteFlag({ db, clock }: WriteParts, actor: Actor, name: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const info = await findInfo(trx, name);
    if (info === undefined) throw missing(name);
    const conditions = await listConditions(trx, name);
    await deleteFlagRows(trx, name);
    await bumpRevision(trx, SCOPE);
    await recordAudit(trx, clock, actor, {
      action: 'delete',
      objectType: OBJECT_TYPE,
      objectId: name,
      objectLabel: name,
      before: { name, description: info.description, ...auditConditions(conditions) },
      message:
        conditions.length === 0 ? 'Deleted the flag.' : `Deleted the flag with ${sortedTexts(conditions).join(', ')}.`,
    });
  });
}

/** Adds a condition. Throws 404, 409 and 422. */
export async function addCondition(
  parts: WriteParts,
  actor: Actor,
  name: string,
  { condition, value, required = false }: ConditionValues,
): Promise<number> {
  await assertKnown(parts, name);
  const wrong = await whyInvalid(parts.db, { condition, value }, parts.segmentKeys);
  if (wrong !== undefined) throw unprocessable(wrong);
  const { result } = await changingConditions(parts, actor, name, async (trx, before, now) => {
    if (before.length >= MAX_CONDITIONS)
      throw unprocessable(`A flag has at most ${MAX_CONDITIONS} conditions. Nothing was changed.`);
    if (before.some((each) => each.condition === condition && each.value === value && each.required === required))
      throw double();
    const id = await insertCondition(trx, name, { condition, value, required }, now);
    return { id, message: `Added the condition ${asText({ condition, value, required })}.` };
  });
  return result?.id ?? 0;
}

/**
 * Makes every boolean condition of the database say on or off, keeping whether it is required; adds a plain one where none
 * is. Nothing is written when nothing changes. Throws 404.
 */
export async function setBoolean(parts: WriteParts, actor: Actor, name: string, on: boolean): Promise<Switched> {
  await assertKnown(parts, name);
  const value = String(on);
  const { after, result } = await changingConditions(parts, actor, name, async (trx, before, now) => {
    const own = before.filter(({ condition }) => condition === 'boolean');
    const plain = own.filter(({ required }) => !required);
    const isRight = plain.length > 0 && own.every((each) => each.value === value);
    if (isRight) return undefined;
    for (const required of [false, true]) {
      const [first, ...more] = own.filter((each) => each.required === required);
      for (const { id } of more) await deleteCondition(trx, id);
      if (first !== undefined) await updateCondition(trx, first.id, { value, required }, now);
      else if (!required) await insertCondition(trx, name, { condition: 'boolean', value, required }, now);
    }
    return { message: `Turned ${on ? 'on' : 'off'}.` };
  });
  const all = [...(parts.stated.conditions.get(name) ?? []), ...after.map(stored)];
  const { state, standing } = describe(name, all, parts.segmentKeys);
  return { changed: result !== undefined, state, standing };
}

/** A row as a condition among those of other sources. */
export const stored = ({ name: _name, ...own }: StoredCondition) =>
  ({ ...own, origin: 'database', place: 'the database' }) as const;
