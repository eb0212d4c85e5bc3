import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp, testApp, testClock } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { inTransaction } from '../db';
import { createLog } from '../log';
import { dayOf, minuteOf, Usage, type UsageParts } from './usage';

let t: TestApp;
const usages: Usage[] = [];

/** What another process would count with. */
function another(parts: Partial<UsageParts> = {}): Usage {
  const retention = { minutes: 7, days: 730, people: 30 };
  const usage = new Usage({ db: t.db, clock: t.clock, log: createLog('silent'), retention, ...parts });
  usages.push(usage);
  return usage;
}

const rows = (table: string, name: string) =>
  t.db(table).where({ name }).orderBy(['form', 'variant']).select<Record<string, unknown>[]>('*');

beforeAll(async () => {
  t = await testApp();
});
afterAll(async () => {
  await Promise.all(usages.map((usage) => usage.stop()));
  await t.close();
});

describe('what flags answer', () => {
  it('is counted by flag, answer and minute, whoever asks', async () => {
    const { conditionFlags, flags, usage } = t.services;
    await conditionFlags.createFlag({ name: 'usage.count.on', default: true });
    await t.db('teams_switch').insert({
      name: 'usage_switch',
      active: true,
      note: '',
      created_at: t.clock.now().toISOString(),
      modified_at: t.clock.now().toISOString(),
    });
    for (let index = 0; index < 3; index++) conditionFlags.isEnabled('usage.count.on');
    conditionFlags.isEnabled('usage.count.nobody');
    flags.switchIsActive('usage_not_there');
    flags.sampleIsActive('usage_sample');
    flags.flagIsActiveFor(undefined, 'usage_flag');
    const minute = minuteOf(t.clock.now());
    t.clock.advance(60_000); // what was counted before belongs to the minute before
    await usage.flush();
    conditionFlags.isEnabled('usage.count.on');
    await usage.flush();
    const counts = (await rows('usage_minute', 'usage.count.on')).map((row) => [
      row.variant,
      row.minute,
      Number(row.evaluations),
    ]);
    expect(counts.sort()).toEqual([
      ['on', minute, 3],
      ['on', minuteOf(t.clock.now()), 1],
    ]);
    expect((await rows('usage_seen', 'usage.count.on'))[0]).toMatchObject({
      form: 'condition',
      first_at: minute,
      last_at: minuteOf(t.clock.now()),
    });
    expect((await rows('usage_seen', 'usage.count.nobody')).map(({ variant }) => variant)).toEqual(['missing']);
    const others = await Promise.all(
      ['usage_not_there', 'usage_sample', 'usage_flag'].map((name) => rows('usage_seen', name)),
    );
    expect(others.flat().map(({ form, variant }) => `${form} ${variant}`)).toEqual([
      'switch missing',
      'sample missing',
      'flag missing',
    ]);
  });

  it('is added up over processes, in one write each', async () => {
    const [a, b] = [another(), another()];
    for (let index = 0; index < 5; index++) a.counter('flag').count('shared', 'on');
    for (let index = 0; index < 7; index++) b.counter('flag').count('shared', 'on');
    b.counter('flag').count('shared', 'off');
    expect(await t.countQueries(() => Promise.all([a.flush(), b.flush()]), /usage_/)).toBe(6);
    expect(
      (await rows('usage_day', 'shared')).map(({ variant, day, evaluations }) => [variant, day, Number(evaluations)]),
    ).toEqual([
      ['off', dayOf(t.clock.now()), 1],
      ['on', dayOf(t.clock.now()), 12],
    ]);
    expect(
      b
        .totals()
        .filter(({ name }) => name === 'shared')
        .map(({ variant, count }) => `${variant} ${count}`),
    ).toEqual(['on 7', 'off 1']);
  });

  it('is kept in its minute while the database fails, and written at an orderly stop', async () => {
    let fails = true;
    const db = new Proxy(t.db, {
      get: (target, key) =>
        key === 'transaction' && fails ? () => Promise.reject(new Error('no database')) : Reflect.get(target, key),
    });
    const usage = another({ db });
    usage.counter('sample').count('waits', 'on');
    const minute = minuteOf(t.clock.now());
    await usage.flush();
    t.clock.advance(120_000);
    usage.counter('sample').count('waits', 'on');
    await usage.flush();
    expect(await rows('usage_minute', 'waits')).toEqual([]);
    fails = false;
    await usage.stop();
    const written = (await rows('usage_minute', 'waits')).map((row) => [row.minute, Number(row.evaluations)]).sort();
    expect(written).toEqual([
      [minute, 1],
      [minuteOf(t.clock.now()), 1],
    ]);
  });

  it('has a bound for names that code makes up, and takes none that cannot be a name', async () => {
    const usage = another();
    const { count } = { count: (name: string) => usage.counter('condition').count(name, 'on') };
    for (let index = 0; index < 10_100; index++) count(`made-up-${index}`);
    count('a\u0000b');
    count('x'.repeat(101));
    count('__proto__');
    // What was there within the bound is still counted.
    count('made-up-7');
    const totals = usage.totals();
    expect(totals.reduce((sum, cell) => sum + cell.count, 0)).toBe(10_001);
    expect(totals.length).toBeLessThanOrEqual(2_001);
    expect(totals.find(({ name }) => name === 'made-up-7')?.count).toBe(2);
  });

  it('is written by itself when a quarter of a minute begins, and not without end while the clock stands', async () => {
    const usage = another({ clock: testClock(new Date('2026-01-01T10:00:14.990Z')) });
    const count = () => usage.counter('flag').count('by_itself', 'on');
    const written = async () => (await rows('usage_day', 'by_itself')).map(({ evaluations }) => Number(evaluations));
    count();
    usage.start();
    await until('the first to be written', async () => (await written()).length > 0);
    count();
    await sleep(200);
    expect(await written()).toEqual([1]);
    await usage.stop();
    expect(await written()).toEqual([2]);
  });

  it('is kept by the minute for some days, and by the day for long', async () => {
    const usage = another();
    usage.counter('flag').count('old', 'on');
    await usage.flush();
    t.clock.advance(8 * 86_400_000);
    await usage.cleanUp();
    expect(await rows('usage_minute', 'old')).toEqual([]);
    expect(await rows('usage_day', 'old')).toHaveLength(1);
    t.clock.advance(730 * 86_400_000);
    await usage.cleanUp();
    expect(await rows('usage_day', 'old')).toEqual([]);
    expect(await rows('usage_seen', 'old')).toHaveLength(1);
  });
});

describe('rows of who was given a flag', () => {
  it('are kept only where a flag asks for them, sampled, for some days, and as long as the person', async () => {
    const { conditionFlags, usage } = t.services;
    const NAME = 'usage.people.view';
    const kept = () => t.db('flags_featureflagusage').select<Record<string, unknown>[]>('flag', 'user_id', 'enabled');
    await conditionFlags.createFlag({ name: NAME, default: true });
    const alice = { id: t.ids.alice, email: 'alice@example.com', isStaff: false, groups: [] };
    const charlie = { ...alice, id: t.ids.charlie };
    conditionFlags.isEnabled(NAME, { viewer: alice });
    await usage.flush();
    expect(await kept()).toEqual([]);

    await t.db('flags_flaginfo').where({ name: NAME }).update({ track_usage: true });
    await conditionFlags.load();
    conditionFlags.isEnabled(NAME, { viewer: alice });
    conditionFlags.isEnabled(NAME, { viewer: charlie });
    conditionFlags.isEnabled(NAME, { viewer: null }); // a visitor is nobody
    conditionFlags.isEnabled(NAME, { viewer: { ...alice, id: 999_999 } }); // gone by now
    await usage.flush();
    const got = (await kept()).map((row) => ({ ...row, enabled: Boolean(row.enabled) }));
    expect(got).toEqual([t.ids.alice, t.ids.charlie].map((user_id) => ({ flag: NAME, user_id, enabled: true })));

    const lucky = another({ random: () => 0.2 });
    lucky.notePerson('sampled', t.ids.alice, true, 20);
    lucky.notePerson('sampled', t.ids.alice, true, 21);
    await lucky.flush();
    expect(await t.db('flags_featureflagusage').where({ flag: 'sampled' })).toHaveLength(1);

    await inTransaction(t.db, (trx) => trx('auth_user').where({ id: t.ids.charlie }).delete());
    expect(await kept()).toHaveLength(2);
    t.clock.advance(31 * 86_400_000);
    await usage.cleanUp();
    expect(await kept()).toEqual([]);
  });
});
