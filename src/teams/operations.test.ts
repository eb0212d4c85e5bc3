import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { addPeople, type PersonName } from '../../test/support/people';
import { listEntries, verifyChain } from '../audit';
import { type Database, openDatabase } from '../db';
import { systemClock } from '../lib/clock';
import { localActor } from '../lib/viewer';
import {
  createFlag,
  createSample,
  createSwitch,
  declareFlags,
  deleteByName,
  type FlagParts,
  findFlag,
  listSamples,
  listSwitches,
  setEveryone,
  setSample,
  setSwitch,
  updateFlag,
} from '.';

const ACTOR = localActor('command', 'the test');

let database: TestDatabase;
let db: Database;
let parts: FlagParts;
let ids: Record<PersonName, number>;

const revision = async (): Promise<number> =>
  (await db('snapshots_revision').where({ scope: 'global' }).first()).revision as number;

/** What a write left in the audit log, and by how much it raised the revision. */
async function effects(work: () => Promise<unknown>) {
  const [before, entries] = [await revision(), (await listEntries(db, { limit: 1_000 })).length];
  await work();
  const all = await listEntries(db, { limit: 1_000 });
  return { bumped: (await revision()) - before, entries: all.slice(0, all.length - entries) };
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.config);
  parts = { db, clock: systemClock };
  ids = await addPeople(db, new Date(0));
  await db('teams_switch').delete(); // those that come with the product
});
afterAll(async () => {
  expect(await verifyChain(db)).toEqual([]);
  await db.destroy();
  await database.drop();
});

describe('a flag', () => {
  it('is made with what was asked for, its people and groups, an audit entry and a new revision', async () => {
    const [group] = await db('auth_group').where({ name: 'Viewers' });
    const settings = {
      staff: true,
      percent: 12.5,
      languages: ['de', 'en-gb'],
      userIds: [ids.alice],
      groupIds: [group.id],
    };
    const { bumped, entries } = await effects(() => createFlag(parts, ACTOR, 'made', settings));
    expect(await findFlag(db, 'made')).toMatchObject({
      everyone: null,
      percent: 12.5,
      superusers: true,
      staff: true,
      languages: ['de', 'en-gb'],
      userIds: [ids.alice],
      groups: [{ id: group.id, name: 'Viewers' }],
    });
    expect(bumped).toBe(1);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      action: 'add',
      objectType: 'teams.flag',
      objectLabel: 'made',
      actorLabel: 'the test',
    });
    expect(JSON.parse(entries[0]?.after ?? '')).toMatchObject({
      name: 'made',
      users: [ids.alice],
      languages: 'de, en-gb',
    });
    expect(entries[0]?.message).toContain(
      'On for staff, superusers, 1 person, the group Viewers and people who use German',
    );
  });

  it('is not made twice, under no name, or with a share that cannot be', async () => {
    await createFlag(parts, ACTOR, 'once');
    const refused = await effects(async () => {
      await expect(createFlag(parts, ACTOR, 'once')).rejects.toMatchObject({ status: 409 });
      await expect(createFlag(parts, ACTOR, 'no spaces')).rejects.toMatchObject({ status: 422 });
      await expect(createFlag(parts, ACTOR, 'x'.repeat(101))).rejects.toMatchObject({ status: 422 });
      for (const percent of [-1, 100, 12.34, Number.NaN])
        await expect(createFlag(parts, ACTOR, 'percent', { percent })).rejects.toMatchObject({ status: 422 });
    });
    expect(refused).toEqual({ bumped: 0, entries: [] });
  });

  it('changes what is asked for and nothing else, and says what it was', async () => {
    await createFlag(parts, ACTOR, 'changed', { staff: true, note: 'kept', userIds: [ids.bob] });
    const { bumped, entries } = await effects(() =>
      updateFlag(parts, ACTOR, 'changed', (flag) => ({ percent: 25, userIds: [...flag.userIds, ids.alice] })),
    );
    expect(await findFlag(db, 'changed')).toMatchObject({ staff: true, note: 'kept', percent: 25 });
    expect(bumped).toBe(1);
    expect(JSON.parse(entries[0]?.before ?? '')).toEqual({ percent: null, users: [ids.bob] });
    expect(JSON.parse(entries[0]?.after ?? '')).toEqual({
      percent: 25,
      users: [ids.alice, ids.bob].sort((a, b) => a - b),
    });
    expect(entries[0]?.message).toBe(
      'Was: On for staff, superusers and 1 person. Now: On for staff, superusers and 2 people, and for 25% of everyone else.',
    );
  });

  it('is left alone when nothing is different', async () => {
    await createFlag(parts, ACTOR, 'same', { userIds: [ids.alice, ids.bob] });
    const same = await effects(() =>
      updateFlag(parts, ACTOR, 'same', () => ({ staff: false, userIds: [ids.bob, ids.alice] })),
    );
    expect(same).toEqual({ bumped: 0, entries: [] });
  });

  it('goes on and off for everyone, and back to its rules', async () => {
    await createFlag(parts, ACTOR, 'everyone', { staff: true });
    for (const everyone of [true, false, null]) {
      await setEveryone(parts, ACTOR, 'everyone', everyone);
      expect((await findFlag(db, 'everyone'))?.everyone).toBe(everyone);
    }
    await expect(setEveryone(parts, ACTOR, 'unheard', true)).rejects.toMatchObject({ status: 404 });
  });

  it('lists as many people as there are', async () => {
    const stamps = { created_at: new Date(0).toISOString(), modified_at: new Date(0).toISOString() };
    const emails = Array.from({ length: 1_200 }, (_, i) => `person${i}@example.com`);
    await db.batchInsert(
      'auth_user',
      emails.map((email) => ({ email, ...stamps })),
      100,
    );
    const userIds = (await db('auth_user').orderBy('id').pluck('id')) as number[];
    await createFlag(parts, ACTOR, 'popular', { userIds });
    expect((await findFlag(db, 'popular'))?.userIds).toEqual(userIds);
  });

  it('takes additions of two people at the same moment', async () => {
    await createFlag(parts, ACTOR, 'crowd', {});
    const everybody = Object.values(ids);
    await Promise.all(
      everybody.map((id) => updateFlag(parts, ACTOR, 'crowd', (flag) => ({ userIds: [...flag.userIds, id] }))),
    );
    expect((await findFlag(db, 'crowd'))?.userIds).toEqual(everybody.sort((a, b) => a - b));
  });
});

describe('switches and samples', () => {
  it('are made and set with an audit entry each', async () => {
    const { bumped, entries } = await effects(async () => {
      await createSwitch(parts, ACTOR, 'lights', { active: false });
      await setSwitch(parts, ACTOR, 'lights', true);
      await setSwitch(parts, ACTOR, 'lights', true);
      await createSample(parts, ACTOR, 'dice', { percent: 50 });
      await setSample(parts, ACTOR, 'dice', 0);
    });
    expect(await listSwitches(db)).toMatchObject([{ name: 'lights', active: true }]);
    expect(await listSamples(db)).toMatchObject([{ name: 'dice', percent: 0 }]);
    expect(bumped).toBe(4);
    expect(entries.map(({ action, message }) => `${action}: ${message}`)).toEqual([
      'change: Changed from 50% to 0%.',
      'add: Added the sample at 50%.',
      'change: Turned on.',
      'add: Added the switch, off.',
    ]);
  });

  it('say what they do not take', async () => {
    await expect(setSwitch(parts, ACTOR, 'unheard', true)).rejects.toMatchObject({ status: 404 });
    await expect(setSample(parts, ACTOR, 'unheard', 1)).rejects.toMatchObject({ status: 404 });
    await expect(setSample(parts, ACTOR, 'dice', 100.1)).rejects.toMatchObject({ status: 422 });
    await expect(createSwitch(parts, ACTOR, 'lights', { active: true })).rejects.toMatchObject({ status: 409 });
    await setSample(parts, ACTOR, 'dice', 100);
  });
});

describe('deleting by name', () => {
  it('removes what exists and says what that was', async () => {
    await createFlag(parts, ACTOR, 'old', { userIds: [ids.alice] });
    const { bumped, entries } = await effects(async () => {
      const deleted = await deleteByName(parts, ACTOR, {
        flag: ['old', 'unheard'],
        switch: ['lights'],
        sample: ['dice'],
      });
      expect(deleted).toEqual({ flag: ['old'], switch: ['lights'], sample: ['dice'] });
    });
    expect(await findFlag(db, 'old')).toBeUndefined();
    expect(await db('teams_flag_users').whereNotIn('flag_id', db('teams_flag').select('id'))).toEqual([]);
    expect(bumped).toBe(1);
    expect(entries.map(({ action, objectType }) => `${action} ${objectType}`).sort()).toEqual([
      'delete teams.flag',
      'delete teams.sample',
      'delete teams.switch',
    ]);
    expect(JSON.parse(entries.find(({ objectType }) => objectType === 'teams.flag')?.before ?? '')).toMatchObject({
      name: 'old',
      users: [ids.alice],
    });
  });

  it('keeps everything when one of the flags is used by our own code', async () => {
    declareFlags(['wired'], 'the test page');
    await createFlag(parts, ACTOR, 'wired');
    await createFlag(parts, ACTOR, 'loose');
    const kept = await effects(() =>
      expect(deleteByName(parts, ACTOR, { flag: ['loose', 'wired'], switch: [], sample: [] })).rejects.toThrow(
        '“wired” is used by the test page, so it cannot be deleted. Turn it off for everyone instead. Nothing was deleted.',
      ),
    );
    expect(kept).toEqual({ bumped: 0, entries: [] });
    expect(await findFlag(db, 'loose')).toBeDefined();
  });
});
