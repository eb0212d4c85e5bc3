import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { type CommandResult, manage } from '../../test/support/manage';
import { loadConfig } from '../config';
import { openDatabase } from '../db';
import { projectRoot } from '../lib/root';
import { createServices } from '../services';
import { caution, type Finding, fault, registerCheck, unregisterCheck } from './checks';
import { checkTransport } from './checks-deploy';
import { checkUser } from './checks-files';

const SECRETS = {
  SESSION_SECRET: 'v8Kq2mXw0ZrT5yLh9BnC4uJd7PfG1sAeWoQiRtYx',
  ENCRYPTION_KEY: 'H3zNp6VbM0cXl8KjUy4TgRf2EdWs9QaZ1iOo7LkP',
};

const GOOD: Record<string, string> = {
  ...SECRETS,
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  BASE_URL: 'https://flags.example.com',
  TRUST_PROXY: '1',
  SMTP_URL: 'smtps://user:pass@mail.example.com',
  MAIL_FROM: 'Flagstaff <flags@example.com>',
};

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'flagstaff-check-'));
  await withAccounts(['ada@company.example']);
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.drop();
});

async function withAccounts(emails: string[]): Promise<void> {
  const db = openDatabase(database.config);
  const now = new Date().toISOString();
  await db('auth_user').insert(
    emails.map((email) => ({ email, is_superuser: true, created_at: now, modified_at: now })),
  );
  await db.destroy();
}

/** Runs `check` on this database with this environment. */
async function check(
  environment: Record<string, string>,
  words = 'check --deploy',
): Promise<CommandResult & { ids: string[] }> {
  const config = { ...loadConfig(environment, { dataDir: folder }), database: database.config };
  const services = createServices(config, { log: pino({ level: 'silent' }) });
  try {
    const result = await manage(words, { services, environment });
    const ids = [...result.out.matchAll(/^([a-z]+\.[EW]\d{3}) (?:error|warning): /gm)].map(([, id = '']) => id);
    return { ...result, ids: ids.filter((id) => id !== 'security.W005') }; // whoever runs the tests may be root
  } finally {
    await services.db.destroy();
  }
}

describe('manage check --deploy', () => {
  it('finds nothing to complain about in a proper installation', async () => {
    const { code, ids } = await check(GOOD);
    expect(ids).toEqual([]);
    expect(code).toBe(0);
  });

  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(GOOD).filter(([name]) => !names.includes(name)));
  const development = { ...GOOD, NODE_ENV: 'development', DEMO_DATA: '0' };

  it.each<[string, Record<string, string>, string[]]>([
    [
      'a weak session secret',
      { ...GOOD, SESSION_SECRET: 'my-session-secret-that-is-long-enough-to-pass' },
      ['security.E002'],
    ],
    [
      'an old weak session secret',
      { ...GOOD, SESSION_SECRET: `${SECRETS.SESSION_SECRET},abcdefghabcdefghabcdefghabcdefgh` },
      ['security.E002'],
    ],
    ['a weak encryption key', { ...GOOD, ENCRYPTION_KEY: 'ababcdcdefefghghababcdcdefefghgh' }, ['security.E004']],
    ['one secret for both', { ...GOOD, ENCRYPTION_KEY: SECRETS.SESSION_SECRET }, ['security.E005']],
    [
      'no secrets of its own',
      { ...development, SESSION_SECRET: '', ENCRYPTION_KEY: '' },
      ['security.E001', 'security.E003', 'security.E010'],
    ],
    ['an address of this machine', { ...GOOD, BASE_URL: 'https://localhost' }, ['security.E006']],
    [
      'plain http, and with it an open cookie',
      { ...GOOD, BASE_URL: 'http://flags.example.com' },
      ['security.E007', 'security.E008'],
    ],
    ['a proxy that is not trusted', { ...GOOD, TRUST_PROXY: '0' }, ['security.E009']],
    ['development', development, ['security.E010']],
    ['flags that anybody switches', { ...GOOD, WAFFLE_OVERRIDE: '1' }, ['security.E011']],
    ['demo data', { ...GOOD, DEMO_DATA: '1' }, ['security.E012']],
    ['no mail', without('SMTP_URL'), ['security.E013']],
    ['a sender that others refuse', without('MAIL_FROM'), ['security.E014']],
  ])('names %s', async (_what, environment, ids) => {
    const result = await check(environment);
    expect(result.ids).toEqual(ids);
    expect(result.code).toBe(1);
    expect(result.out).toMatch(/\d+ errors?, \d+ warnings?\.\n$/);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['a talkative log', { ...GOOD, LOG_LEVEL: 'debug' }, ['security.W001']],
    ['mail in the clear', { ...GOOD, SMTP_URL: 'smtp://mail.example.com' }, ['security.W002']],
    ['a set-up token that nobody needs', { ...GOOD, SETUP_TOKEN: 'n0t-needed-any-more-x' }, ['security.W003']],
  ])('warns of %s', async (_what, environment, ids) => {
    const result = await check(environment);
    expect(result.ids).toEqual(ids);
    expect(result.code).toBe(0);
    expect((await check(environment, 'check --deploy --fail-on-warning')).code).toBe(1);
  });

  it('names accounts of the demo data', async () => {
    await withAccounts(['staff@example.com', 'user@example.com']);
    const { code, ids, out } = await check(GOOD);
    expect([code, ids]).toEqual([1, ['security.E015']]);
    expect(out).toContain('staff@example.com, user@example.com');
  });

  it('names files that others can read', async () => {
    const secret = path.join(folder, 'session-secret');
    writeFileSync(secret, 'x');
    chmodSync(secret, 0o644);
    const { code, ids, out } = await check(GOOD);
    expect([code, ids]).toEqual([1, ['security.E016']]);
    expect(out).toContain(`chmod 600 ${secret}`);
    chmodSync(secret, 0o600);
    expect((await check(GOOD)).ids).toEqual([]);
  });

  it('finds the database file closed to others', async () => {
    if (database.config.client !== 'sqlite') return;
    const { filename } = database.config;
    const config = { ...loadConfig(GOOD, { dataDir: folder }), database: database.config };
    const services = createServices(config, { log: pino({ level: 'silent' }) });
    expect((await manage('check --deploy', { services, environment: GOOD })).code).toBe(0);
    chmodSync(filename, 0o664);
    const result = await manage('check --deploy', { services, environment: GOOD });
    expect(result.out).toContain(`security.E016 error: ${filename} can be read by other users of this machine (0664).`);
    await services.db.destroy();
  });
});

describe('manage check', () => {
  it('lets a developer be', async () => {
    const { code, ids } = await check({ NODE_ENV: 'development' }, 'check');
    expect([code, ids]).toEqual([0, []]);
  });

  it('names each variable that is wrong, and looks no further', async () => {
    const environment = { NODE_ENV: 'production', SESSION_SECRET: 'secret', PORT: 'many' };
    const { code, out } = await manage('check --deploy', { environment });
    expect(code).toBe(1);
    for (const name of ['SESSION_SECRET', 'PORT'])
      expect(out).toMatch(new RegExp(`^flagstaff\\.E001 error: ${name}: expected`, 'm'));
  });

  it('says when nobody may administer', async () => {
    const db = openDatabase(database.config);
    await db('auth_user').update({ is_active: false });
    await db.destroy();
    expect((await check({ NODE_ENV: 'test' }, 'check')).ids).toEqual(['database.W001']);
  });

  it('says when migrations are missing', async () => {
    const db = openDatabase(database.config);
    await db('knex_migrations').where({ name: '20261121001000_add_integration_flags' }).delete();
    await db.destroy();
    const later = await check({ NODE_ENV: 'test' }, 'check');
    expect(later.ids).toEqual(['database.E002']);
    expect(later.out).toContain('Run: npm run manage -- migrate');
    await database.drop();
    database = await createTestDatabase({ migrated: false });
    const empty = await check({ NODE_ENV: 'test' });
    expect(empty.ids).toContain('database.E002');
  });

  it('says when the database does not answer', async () => {
    const environment = { ...GOOD, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const { code, out } = await manage('check --deploy', { environment });
    expect(code).toBe(1);
    expect(out).toContain('database.E001 error: The database does not answer');
  });
});

describe('checks', () => {
  afterEach(() => {
    for (const name of ['own', 'broken', 'deploy only']) unregisterCheck(name);
  });

  it('can be added by any part of the product, and one that breaks is a finding itself', async () => {
    registerCheck('own', () => [caution('teams.W001', 'Look here.', 'There.'), fault('teams.E001', 'This is wrong.')]);
    registerCheck('broken', () => Promise.reject(new Error('cannot look')));
    registerCheck('deploy only', () => [fault('teams.E002', 'Only here.')], { deploy: true });
    const plain = await check({ NODE_ENV: 'test' }, 'check');
    expect(plain.ids).toEqual(['flagstaff.E002', 'teams.E001', 'teams.W001']);
    expect(plain.out).toContain('teams.W001 warning: Look here.\n  There.\n');
    expect(plain.out).toContain('The check “broken” could not be made: cannot look');
    expect((await check(GOOD)).ids).toContain('teams.E002');
  });

  it('warn when the process runs as root', () => {
    const of = (userId: number | undefined): Finding[] => checkUser({ userId } as Parameters<typeof checkUser>[0]);
    expect(of(0).map(({ id }) => id)).toEqual(['security.W005']);
    expect([of(1000), of(undefined)]).toEqual([[], []]);
  });

  it.each([
    ['postgres://db.example.com/flags', 1],
    ['postgres://db.example.com/flags?sslmode=prefer', 1],
    ['postgres://db.example.com/flags?sslmode=verify-full', 0],
    ['postgres://localhost/flags', 0],
    ['postgres://127.0.0.1:5433/flags', 0],
  ])('look at how %s is reached', (url, findings) => {
    const context = { config: { database: { client: 'pg', url } } } as Parameters<typeof checkTransport>[0];
    expect(checkTransport(context)).toHaveLength(findings);
  });

  it('have ids that docs/reference/manage.md explains, all of them and no others', () => {
    const idsIn = (text: string) => [...new Set(text.match(/\b(?:flagstaff|database|security)\.[EW]\d{3}\b/g))].sort();
    const sources = readdirSync(__dirname).filter((name) => /^checks?(-[a-z]+)?\.ts$/.test(name));
    const code = sources.map((name) => readFileSync(path.join(__dirname, name), 'utf8')).join();
    const documented = readFileSync(path.join(projectRoot, 'docs/reference/manage.md'), 'utf8');
    expect(idsIn(documented)).toEqual(idsIn(code));
  });

  it('are asked again with every run', async () => {
    let asked = 0;
    registerCheck('own', () => {
      asked += 1;
      return [];
    });
    await check({ NODE_ENV: 'test' }, 'check');
    await check({ NODE_ENV: 'test' }, 'check');
    expect(asked).toBe(2);
  });
});
