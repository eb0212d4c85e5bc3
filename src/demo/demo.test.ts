import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { testApp, testClock, testConfig, Visitor } from '../../test/support/test-app';
import { verifyChain } from '../audit';
import { type Database, openDatabase } from '../db';
import { systemClock } from '../lib/clock';
import { DEMO_PASSWORD, loadDemoData, SIGN_INS } from './index';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.config);
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
});

const load = (env: 'development' | 'production' = 'development', clock = systemClock) =>
  loadDemoData({ config: { env }, db, clock });
const countOf = async (table: string): Promise<number> => Number((await db(table).count({ rows: '*' }).first())?.rows);

describe('the demo data', () => {
  it('is a product in use, loaded with few enough statements to be quick', async () => {
    let statements = 0;
    db.on('query', () => {
      statements += 1;
    });
    expect(await load()).toBe(true);
    expect(statements).toBeLessThan(450);
    expect(await countOf('orgs_organization')).toBe(9);
    expect(await countOf('auth_user')).toBeGreaterThan(60);
    expect(await countOf('teams_flag')).toBe(12);
    const clicks = await countOf('integrations_interest');
    expect(clicks).toBeGreaterThan(100);
    expect(await countOf('analytics_event')).toBe(clicks);
    expect(await countOf('onboarding_progress')).toBe(9);
    expect(await verifyChain(db)).toEqual([]);
  });

  it('has flags that were asked for by the rhythm of the week, up to now, and one of each health', async () => {
    const now = new Date('2026-03-03T10:20:00Z');
    await load('development', testClock(now));
    expect(await countOf('usage_day')).toBeLessThan(2_500);
    expect(await countOf('usage_minute')).toBeLessThan(4_000);
    const days = (await db('usage_day').select('form', 'name', 'variant', 'day', 'evaluations')) as Record<
      'form' | 'name' | 'variant' | 'day' | 'evaluations',
      string
    >[];
    const ages = days.map(({ day }) => (Date.parse('2026-03-03') - Date.parse(day)) / 86_400_000);
    expect([Math.min(...ages), Math.max(...ages)]).toEqual([0, 60]);
    const minutes: string[] = await db('usage_minute').pluck('minute');
    expect(minutes.every((minute) => minute >= '2026-03-01T00:00' && minute <= '2026-03-03T10:20')).toBe(true);
    const asked = (name: string, keep: (day: string) => boolean = () => true) =>
      days.filter((row) => row.name === name && keep(row.day)).reduce((sum, row) => sum + Number(row.evaluations), 0);
    const on = (weekday: number) => (day: string) => new Date(day).getUTCDay() === weekday;
    expect(asked('export_to_csv', on(3))).toBeGreaterThan(2 * asked('export_to_csv', on(0)));
    expect(asked('dark_theme', on(6))).toBeGreaterThan(asked('dark_theme', on(1)));
    expect(asked('checkout.summary.view', (day) => day >= '2026-02-24')).toBeGreaterThan(
      asked('checkout.summary.view', (day) => day < '2026-02-20' && day >= '2026-02-12'),
    );
    expect(asked('orders.export.schedule')).toBe(0);
    const missing = (await db('teams_missing').orderBy('name')) as { name: string; asked: number }[];
    expect(missing.map(({ name, asked: times }) => [name, Number(times)])).toEqual([
      ['checkout_v2', asked('checkout_v2')],
      ['legacy_login', asked('legacy_login')],
    ]);
    const compact = await db('usage_seen').where({ name: 'dashboard.header.compact' }).orderBy('variant');
    expect(compact.map(({ variant, last_at }) => [variant, String(last_at).slice(0, 10)])).toEqual([
      ['off', '2026-01-18'],
      ['on', '2026-03-03'],
    ]);
    const { gone } = (await db('flags_featureflagusage as g')
      .leftJoin('auth_user as u', 'u.id', 'g.user_id')
      .whereNull('u.id')
      .count({ gone: '*' })
      .first()) as { gone: number };
    expect([Number(gone), (await countOf('flags_featureflagusage')) > 200]).toEqual([0, true]);
  });

  it('spreads the demand over the last ninety days, more of it lately, none of it before or after', async () => {
    const today = new Date('2026-03-03T10:00:00Z');
    await load('development', testClock(today));
    const now = today.getTime();
    const times: unknown[] = await db('integrations_interest').pluck('created_at');
    const ages = times.map((time) => (now - new Date(time as string).getTime()) / 86_400_000);
    expect(Math.max(...ages)).toBeLessThan(91);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
    expect(ages.filter((age) => age < 30).length).toBeGreaterThan(ages.filter((age) => age > 60).length);
    expect(ages.filter((age) => age > 45).length).toBeGreaterThan(10);
    const kinds: string[] = await db('integrations_interest').distinct('integration').pluck('integration');
    expect(new Set(kinds)).toEqual(new Set(['jira', 'slack', 'copilot', 'google_workspace']));
  });

  it('leaves nothing to be sent to PostHog and nothing to be done in the background', async () => {
    await load();
    expect(await db('analytics_event').whereNull('sent_at')).toEqual([]);
    expect(await db('jobs_job').whereNull('finished_at')).toEqual([]);
  });

  it('is loaded once, also by two processes that start together', async () => {
    const outcomes = await Promise.all([load(), load()]);
    expect(outcomes.filter((loaded) => loaded)).toHaveLength(1);
    const people = await countOf('auth_user');
    expect(await load()).toBe(false);
    expect(await countOf('auth_user')).toBe(people);
    expect(await verifyChain(db)).toEqual([]);
  });

  it('is the same every time', async () => {
    const at = new Date('2026-03-03T10:00:00Z');
    await load('development', { now: () => at });
    const other = await createTestDatabase();
    const second = openDatabase(other.config);
    try {
      await loadDemoData({ config: { env: 'development' }, db: second, clock: { now: () => at } });
      const read = async (from: Database) => [
        await from('auth_user').orderBy('id').select('email', 'name', 'created_at', 'is_active'),
        await from('integrations_interest').orderBy('id'),
        await from('usage_day').orderBy(['form', 'name', 'variant', 'day']),
        await from('flags_featureflagusage').orderBy('id'),
        await from('flags_flagstate').orderBy('id'),
      ];
      expect(await read(second)).toEqual(await read(db));
    } finally {
      await second.destroy();
      await other.drop();
    }
  });

  it.each(['2026-03-03', '2026-03-08'])(
    'puts shows on the weekdays that titles name, and sells none for nothing',
    async (day) => {
      await load('development', testClock(new Date(`${day}T10:00:00Z`)));
      const shows = (await db('producers_show').select('title', 'starts_at', 'price_minor')) as Record<
        string,
        unknown
      >[];
      const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'America/Phoenix' });
      const named = shows.filter(({ title }) => /Monday|Sunday/.test(String(title)));
      expect(named.length).toBeGreaterThan(2);
      for (const { title, starts_at } of named) expect(title).toContain(weekday.format(new Date(String(starts_at))));
      expect(shows.filter(({ price_minor }) => Number(price_minor) === 0)).toEqual([]);
    },
  );

  it('never comes into a database with people in it, nor into production', async () => {
    expect(await load('production')).toBe(false);
    expect(await countOf('auth_user')).toBe(0);
    const now = new Date().toISOString();
    await db('auth_user').insert({ email: 'ada@example.com', created_at: now, modified_at: now });
    expect(await load()).toBe(false);
    expect(await countOf('auth_user')).toBe(1);
    expect(await countOf('auth_group')).toBe(0);
  });

  it('leaves counts alone that are there already', async () => {
    const at = new Date('2026-03-03T10:00:00Z');
    const flag = { form: 'flag', name: 'german_interface', variant: 'on' };
    const counted = { ...flag, evaluations: 1 };
    const seen = { ...flag, first_at: '2026-03-03T09:00', last_at: '2026-03-03T09:00' };
    await db('usage_day').insert({ ...counted, day: '2026-03-03' });
    await db('usage_minute').insert({ ...counted, minute: '2026-03-03T09:00' });
    await db('usage_seen').insert(seen);
    expect(await load('development', testClock(at))).toBe(true);
    const counts = await db('usage_day').where({ ...flag, day: '2026-03-03' });
    expect(counts.map(({ evaluations }) => Number(evaluations))).toEqual([1]);
    expect(await db('usage_seen').where(flag)).toEqual([seen]);
    expect(await countOf('usage_minute')).toBeGreaterThan(1_000);
  });

  it('leaves flags alone that are there already', async () => {
    const now = new Date().toISOString();
    await db('teams_flag').insert({ name: 'beta_search', everyone: true, created_at: now, modified_at: now });
    expect(await load()).toBe(true);
    const [row] = await db('teams_flag').where({ name: 'beta_search' });
    expect(Boolean(row.everyone)).toBe(true);
  });
});

describe('the demo sign-ins', () => {
  it('are those of the documentation, and may do what it says', async () => {
    expect(SIGN_INS.map(({ email }) => email)).toEqual([
      'staff@example.com',
      'flags@example.com',
      'viewer@example.com',
      'user@example.com',
      'producer@example.com',
      'producer2@example.com',
    ]);
    const app = await testApp();
    try {
      for (const table of [
        'integrations_interest',
        'orgs_membership',
        'orgs_organization',
        'producers_producer',
        'auth_user',
        'auth_group',
      ]) {
        await app.db(table).delete();
      }
      const config = testConfig(database.config);
      expect(await loadDemoData({ config, db: app.db, clock: systemClock })).toBe(true);
      const signIn = async (email: string): Promise<Visitor> => {
        const visitor = new Visitor(app.app);
        expect((await visitor.signIn(email, DEMO_PASSWORD)).status).toBe(303);
        return visitor;
      };
      const statuses = async (email: string, paths: string[]): Promise<number[]> => {
        const visitor = await signIn(email);
        const answers: number[] = [];
        for (const path of paths) answers.push((await visitor.get(path)).status);
        return answers;
      };
      const lists = ['teams/flag', 'teams/switch', 'auth/user', 'integrations/interest', 'jobs/job', 'audit/entry'];
      const pages = lists.map((list) => `/admin/${list}/`);
      expect(await statuses('staff@example.com', pages)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(await statuses('viewer@example.com', pages)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(await statuses('flags@example.com', pages)).toEqual([200, 200, 404, 404, 404, 404]);
      expect(await statuses('user@example.com', pages)).toEqual([404, 404, 404, 404, 404, 404]);
      const flag = await app.db('teams_flag').where({ name: 'beta_search' }).first();
      const add = ['/admin/teams/flag/add/', `/admin/teams/flag/${flag.id}/change/`];
      expect(await statuses('flags@example.com', add)).toEqual([200, 200]);
      expect((await statuses('viewer@example.com', add))[0]).toBe(403);
      const user = await signIn('user@example.com');
      await user.get('/').expect(303).expect('Location', '/integrations/');
      await user.get('/onboarding/').expect(303).expect('Location', '/onboarding/complete/');
    } finally {
      await app.close();
    }
  });
});
