import { recordAudit } from '../audit';
import type { Actor } from '../lib/viewer';
import { bumpFlags, checkName, checkPercent, type FlagParts, missing, writing } from './operations';
import {
  insertSample,
  insertSwitch,
  listSamples,
  listSwitches,
  lockNames,
  updateSampleRow,
  updateSwitchRow,
} from './queries';
import type { Sample, Switch } from './types';

/** Adds a switch. Throws 409 and 422. */
export async function createSwitch(
  parts: FlagParts,
  actor: Actor,
  name: string,
  { active, note = '' }: { active: boolean; note?: string },
): Promise<void> {
  checkName('switch', name);
  await writing(parts, 'switch', name, async (trx) => {
    const id = await insertSwitch(trx, { name, active, note }, parts.clock.now());
    await bumpFlags(trx);
    await recordAudit(trx, parts.clock, actor, {
      action: 'add',
      objectType: 'teams.switch',
      objectId: id,
      objectLabel: name,
      after: { name, active, note },
      message: `Added the switch, ${active ? 'on' : 'off'}.`,
    });
  });
}

/** Turns a switch on or off and returns it as it was. Throws 404. */
export async function setSwitch(parts: FlagParts, actor: Actor, name: string, active: boolean): Promise<Switch> {
  return writing(parts, 'switch', name, async (trx) => {
    await lockNames(trx, 'switch', [name]);
    const [before] = await listSwitches(trx, [name]);
    if (before === undefined) throw missing('switch', name);
    if (before.active === active) return before;
    await updateSwitchRow(trx, before.id, active, parts.clock.now());
    await bumpFlags(trx);
    await recordAudit(trx, parts.clock, actor, {
      action: 'change',
      objectType: 'teams.switch',
      objectId: before.id,
      objectLabel: name,
      before: { active: before.active },
      after: { active },
      message: `Turned ${active ? 'on' : 'off'}.`,
    });
    return before;
  });
}

/** Adds a sample. Throws 409 and 422. */
export async function createSample(
  parts: FlagParts,
  actor: Actor,
  name: string,
  { percent, note = '' }: { percent: number; note?: string },
): Promise<void> {
  checkName('sample', name);
  checkPercent(percent, 100);
  await writing(parts, 'sample', name, async (trx) => {
    const id = await insertSample(trx, { name, percent, note }, parts.clock.now());
    await bumpFlags(trx);
    await recordAudit(trx, parts.clock, actor, {
      action: 'add',
      objectType: 'teams.sample',
      objectId: id,
      objectLabel: name,
      after: { name, percent, note },
      message: `Added the sample at ${percent}%.`,
    });
  });
}

/** Sets a sample's percentage and returns it as it was. Throws 404 and 422. */
export async function setSample(parts: FlagParts, actor: Actor, name: string, percent: number): Promise<Sample> {
  checkPercent(percent, 100);
  return writing(parts, 'sample', name, async (trx) => {
    await lockNames(trx, 'sample', [name]);
    const [before] = await listSamples(trx, [name]);
    if (before === undefined) throw missing('sample', name);
    if (before.percent === percent) return before;
    await updateSampleRow(trx, before.id, percent, parts.clock.now());
    await bumpFlags(trx);
    await recordAudit(trx, parts.clock, actor, {
      action: 'change',
      objectType: 'teams.sample',
      objectId: before.id,
      objectLabel: name,
      before: { percent: before.percent },
      after: { percent },
      message: `Changed from ${before.percent}% to ${percent}%.`,
    });
    return before;
  });
}
