import { type TestApp, testApp } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { listEntries } from '../audit';
import { localActor } from '../lib/viewer';
import { createFlag } from '.';
import { MOST_MISSING } from './missing';

const ACTOR = localActor('system', 'test');

describe('names that do not exist', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  const listed = async () =>
    (await app.db('teams_missing').orderBy(['kind', 'name']).select('kind', 'name', 'asked')) as object[];

  it('are answered by default, counted without touching the database, and listed soon after', async () => {
    const { flags } = app.services;
    const asking = await app.countQueries(async () => {
      for (let i = 0; i < 3; i++) expect(flags.flagIsActiveFor(undefined, 'not.there')).toBe(false);
      flags.switchIsActive('not.there');
      flags.sampleIsActive('other');
    });
    expect(asking).toBe(0);
    await until('the list', async () => (await listed()).length === 3);
    expect(await listed()).toEqual([
      { kind: 'flag', name: 'not.there', asked: 3 },
      { kind: 'sample', name: 'other', asked: 1 },
      { kind: 'switch', name: 'not.there', asked: 1 },
    ]);
    expect(await listEntries(app.db, { limit: 10 })).toEqual([]);
  });

  it('are counted up, and leave the list once they are made', async () => {
    const { flags } = app.services;
    for (let i = 0; i < 2; i++) {
      flags.flagIsActiveFor(undefined, 'wanted');
      await flags.missing.flush();
    }
    expect(await listed()).toEqual([{ kind: 'flag', name: 'wanted', asked: 2 }]);
    flags.flagIsActiveFor(undefined, 'wanted');
    await createFlag(app.services, ACTOR, 'wanted', { everyone: true });
    expect(await listed()).toEqual([]);
    expect(flags.flagIsActiveFor(undefined, 'wanted')).toBe(true);
    await flags.missing.flush();
    expect(await listed()).toEqual([]);
  });

  it('are not listed when no flag could be called so', async () => {
    const { flags } = app.services;
    for (const name of ['', 'two words', 'x'.repeat(101), 'ünïcode', '<script>', 'a\nb', '\u0000'])
      expect(flags.flagIsActiveFor(undefined, name)).toBe(false);
    await flags.missing.flush();
    expect(await listed()).toEqual([]);
  });

  it(`are at most ${MOST_MISSING}, however many are made up, and those that are known go on counting`, async () => {
    const { flags } = app.services;
    const ask = (from: number, to: number) => {
      for (let i = from; i < to; i++) flags.switchIsActive(`made-up-${i}`);
    };
    ask(0, 5_000);
    await flags.missing.flush();
    expect(await listed()).toHaveLength(MOST_MISSING);
    ask(0, 1);
    await flags.missing.flush();
    expect(await app.db('teams_missing').where({ name: 'made-up-0' }).first()).toMatchObject({ asked: 2 });
    expect(await listed()).toHaveLength(MOST_MISSING);
  });

  it('are kept while the database fails, and written when it answers again', async () => {
    const { flags } = app.services;
    flags.flagIsActiveFor(undefined, 'patient');
    await app.db.schema.renameTable('teams_missing', 'gone');
    await flags.missing.flush();
    flags.flagIsActiveFor(undefined, 'patient');
    await app.db.schema.renameTable('gone', 'teams_missing');
    await flags.missing.flush();
    expect(await listed()).toEqual([{ kind: 'flag', name: 'patient', asked: 2 }]);
  });

  it('are written at an orderly stop', async () => {
    app.services.flags.flagIsActiveFor(undefined, 'last-word');
    await app.services.flags.stop();
    expect(await listed()).toEqual([{ kind: 'flag', name: 'last-word', asked: 1 }]);
  });
});

describe('the settings for names that do not exist', () => {
  const withSettings = async (environment: Record<string, string>, work: (app: TestApp) => Promise<void>) => {
    const app = await testApp({ environment });
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };

  it('give the defaults', () =>
    withSettings(
      { WAFFLE_FLAG_DEFAULT: '1', WAFFLE_SWITCH_DEFAULT: '1', WAFFLE_SAMPLE_DEFAULT: '1' },
      async ({ services: { flags } }) => {
        expect([flags.flagIsActiveFor(undefined, 'x'), flags.switchIsActive('x'), flags.sampleIsActive('x')]).toEqual([
          true,
          true,
          true,
        ]);
      },
    ));

  it('create them once, audited, without listing them', () =>
    withSettings(
      {
        WAFFLE_CREATE_MISSING_FLAGS: '1',
        WAFFLE_CREATE_MISSING_SWITCHES: '1',
        WAFFLE_CREATE_MISSING_SAMPLES: '1',
        WAFFLE_SWITCH_DEFAULT: '1',
      },
      async ({ db, services: { flags } }) => {
        const ask = () => [flags.flagIsActiveFor(undefined, 'x'), flags.switchIsActive('x'), flags.sampleIsActive('x')];
        const before = ask();
        await flags.missing.flush();
        expect(ask()).toEqual(before);
        expect(before).toEqual([false, true, false]);
        expect(await db('teams_flag').where({ name: 'x' }).first()).toMatchObject({
          note: 'Made by itself when code asked for it.',
        });
        expect(await db('teams_sample').first('percent')).toEqual({ percent: 0 });
        expect(await db('teams_missing')).toEqual([]);
        expect(
          (await listEntries(db, { limit: 10 })).map(({ actorLabel, action }) => `${actorLabel} ${action}`),
        ).toEqual(Array.from({ length: 3 }, () => 'flag checks add'));
      },
    ));

  it('do not stumble over somebody who was faster', () =>
    withSettings({ WAFFLE_CREATE_MISSING_SWITCHES: '1' }, async ({ db, clock, services: { flags } }) => {
      flags.switchIsActive('race');
      const now = clock.now().toISOString();
      await db('teams_switch').insert({ name: 'race', active: true, created_at: now, modified_at: now });
      await flags.missing.flush();
      expect(await db('teams_switch').where({ name: 'race' })).toHaveLength(1);
      expect(await db('teams_missing')).toEqual([]);
    }));
});
