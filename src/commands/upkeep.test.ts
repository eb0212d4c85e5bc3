import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { type CommandResult, manage } from '../../test/support/manage';
import { scratchDirectory } from '../../test/support/run-state';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries, verifyChain } from '../audit';
import { findAccountByEmail, findViewer } from '../auth';
import { openDatabase } from '../db';
import { postgresEnvironment } from './backup';

let app: TestApp;
const run = (words: string, more: Parameters<typeof manage>[1] = {}): Promise<CommandResult> =>
  manage(words, { services: app.services, ...more });
const newest = async () => (await listEntries(app.db, { limit: 1 }))[0];

beforeAll(async () => {
  app = await testApp();
});
afterAll(() => app.close());

/** The environment of a command that makes its own services on this database. */
const environmentFor = ({ config }: TestDatabase): NodeJS.ProcessEnv => ({
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  DATABASE_URL: config.client === 'pg' ? config.url : `sqlite:${config.filename}`,
  SESSION_SECRET: 'test-session-secret-0123456789-abcdefghij',
  ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdefghij',
  PATH: process.env.PATH,
});

describe('manage createsuperuser', () => {
  const password = 'seven wild geese over Utrecht';

  it('adds an account that can sign in and do everything, and audits it without the password', async () => {
    const result = await run('createsuperuser --email Ada@Example.com --name "Ada L"', { typed: [password, password] });
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining('Ada@Example.com is a superuser') });
    expect(result.err).toBe('Password: \nPassword again: \n');
    const account = await findAccountByEmail(app.db, 'ada@example.com');
    expect(await findViewer(app.db, account?.id ?? 0)).toMatchObject({
      isStaff: true,
      isSuperuser: true,
      name: 'Ada L',
    });
    const visitor = app.visitor();
    expect((await visitor.signIn('ada@example.com', password)).status).toBe(303);
    const [entry] = (await listEntries(app.db, { limit: 20 })).filter(({ action }) => action === 'add');
    expect(entry).toMatchObject({ actorType: 'command', objectLabel: 'ada@example.com' });
    expect(JSON.stringify(await listEntries(app.db, { limit: 20 }))).not.toContain(password);
  });

  it('takes the password from standard input or the environment', async () => {
    const piped = await run('createsuperuser --email piped@example.com --password-stdin', {
      input: `${password}\nrest`,
    });
    const set = await run('createsuperuser --email set@example.com', { environment: { FLAGSTAFF_PASSWORD: password } });
    expect([piped.code, set.code]).toEqual([0, 0]);
    for (const email of ['piped@example.com', 'set@example.com'])
      expect((await app.visitor().signIn(email, password)).status).toBe(303);
  });

  it.each<[string, Parameters<typeof manage>[1], string]>([
    ['createsuperuser --email nobody', {}, 'is not an e-mail address'],
    ['createsuperuser --email alice@example.com', {}, 'There is an account for alice@example.com already'],
    ['createsuperuser --email new@example.com', {}, 'There is no terminal to ask at'],
    ['createsuperuser --email new@example.com --password-stdin', {}, 'Standard input holds no password'],
    [
      'createsuperuser --email new@example.com',
      { typed: ['one two three four', 'one two three five'] },
      'do not match',
    ],
    ['createsuperuser --email new@example.com --password-stdin', { input: 'short' }, 'Use at least 12 characters'],
    [
      'createsuperuser --email new@example.com --password-stdin',
      { input: 'new@example.com!' },
      'which others can guess',
    ],
  ])('refuses: %s %j', async (words, more, reason) => {
    expect(await run(words, more)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(reason) });
    expect(await findAccountByEmail(app.db, 'new@example.com')).toBeUndefined();
  });

  it('wants an address', async () => {
    expect(await run('createsuperuser')).toMatchObject({ code: 2, err: expect.stringContaining('--email') });
  });
});

describe('manage changepassword', () => {
  it('sets the password, ends all sessions and audits it', async () => {
    const charlie = await app.as('charlie');
    await charlie.get('/').expect('Location', '/integrations/');
    const result = await run('changepassword charlie@example.com --password-stdin', {
      input: 'nine tame geese at Utrecht\n',
    });
    expect(result).toMatchObject({ code: 0, err: '' });
    await charlie.get('/').expect('Location', '/login');
    expect((await app.visitor().signIn('charlie@example.com', 'nine tame geese at Utrecht')).status).toBe(303);
    const [entry] = (await listEntries(app.db, { limit: 20 })).filter(({ actorType }) => actorType === 'command');
    expect(entry).toMatchObject({ action: 'password_change', objectLabel: 'charlie@example.com' });
  });

  it('refuses unknown accounts and bad passwords', async () => {
    expect(await run('changepassword nobody@example.com')).toMatchObject({
      code: 1,
      err: 'There is no account for nobody@example.com.\n',
    });
    expect((await run('changepassword alice@example.com --password-stdin', { input: 'aaaaaaaaaaaaaaaa' })).code).toBe(
      1,
    );
    expect((await app.visitor().signIn('alice@example.com')).status).toBe(303);
  });
});

describe('manage clearsessions', () => {
  it('removes what has ended, leaves the rest, and audits it', async () => {
    const alice = await app.as('alice');
    const now = app.clock.now().getTime();
    const row = (sid_hash: string, expires: number) => ({
      sid_hash,
      data: '{}',
      created_at: new Date(now - 1e9).toISOString(),
      last_seen_at: new Date(now - 1e9).toISOString(),
      expires_at: new Date(expires).toISOString(),
    });
    await app.db('auth_session').insert([row('old1', now - 1_000), row('old2', now - 1)]);
    expect((await run('clearsessions')).out).toBe(
      'Removed 2 sessions, the access of 0 programs, 0 links and 0 counted tries whose time was over.\n',
    );
    expect(await newest()).toMatchObject({ actorType: 'command', action: 'delete', objectType: 'auth.session' });
    await alice.get('/').expect('Location', '/integrations/');
    const before = await newest();
    expect((await run('clearsessions')).out).toContain('Removed 0 sessions');
    expect(await newest()).toEqual(before);
  });
});

describe('manage audit-verify', () => {
  it('finds the log whole, and finds what was changed behind its back', async () => {
    const database = await createTestDatabase();
    const environment = environmentFor(database);
    const db = openDatabase(database.config);
    await manage('switch a on --create', { environment });
    await manage('switch a off', { environment });
    expect(await manage('audit-verify', { environment })).toEqual({
      code: 0,
      out: 'The audit log is as it was written: 2 entries.\n',
      err: '',
    });
    await db('audit_head').update({ seq: 1 });
    expect(await manage('audit-verify', { environment })).toMatchObject({
      code: 1,
      out: expect.stringContaining('Entry 3:'),
    });
    await db.destroy();
    await database.drop();
  });
});

describe('manage migrate, rollback and seed', () => {
  let database: TestDatabase;
  const on = (words: string, more: NodeJS.ProcessEnv = {}) =>
    manage(words, { environment: { ...environmentFor(database), ...more } });

  it('go up, load the demo data, and down again', async () => {
    database = await createTestDatabase({ migrated: false });
    expect(await on('flag --list')).toMatchObject({
      code: 1,
      err: 'The database is not up to date. Run: npm run manage -- migrate\n',
    });
    const up = await on('migrate');
    expect(up).toMatchObject({ code: 0, out: expect.stringContaining('Applied 20261121000100_create_auth\n') });
    expect((await on('migrate')).out).toBe('The database is up to date.\n');

    expect(await on('seed', { NODE_ENV: 'production', BASE_URL: 'https://flags.example.com' })).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await on('seed', { NODE_ENV: 'development' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('staff@example.com'),
    });
    expect(await on('seed', { NODE_ENV: 'development' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nothing was loaded'),
    });

    const db = openDatabase(database.config);
    const entries = await listEntries(db, { limit: 100 });
    expect(entries.at(-1)).toMatchObject({
      actorType: 'command',
      action: 'migrate',
      message: expect.stringMatching(/^Applied \d+ migrations\.$/),
    });
    expect(await verifyChain(db)).toEqual([]);

    const refused = await on('rollback');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('add --yes') });
    expect(refused.out).toContain('Would take back 20261121000100_create_auth');
    expect(await db.schema.hasTable('auth_user')).toBe(true);
    expect((await on('rollback --yes')).code).toBe(0);
    expect(await db.schema.hasTable('auth_user')).toBe(false);
    expect((await on('rollback --yes')).out).toBe('There is nothing to take back.\n');
    expect((await on('migrate')).code).toBe(0);
    await db.destroy();
    await database.drop();
  }, 60_000);
});

describe('manage backup', () => {
  const file = path.join(scratchDirectory(), `backup-${process.pid}`);
  afterEach(() => rm(file, { force: true }));

  it('copies the database while it is in use, for its owner alone, and audits it', async () => {
    const { config } = app.services;
    const result = await run(`backup ${file}`, { environment: { PATH: process.env.PATH } });
    if (config.database.client === 'pg' && /pg_dump (was not found|could not)/.test(result.err)) {
      expect(result.code).toBe(1); // no client programs here, or older than the server
      return;
    }
    expect(result).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining(`Copied the database to ${file} (`),
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await newest()).toMatchObject({ actorType: 'command', action: 'backup', objectLabel: path.basename(file) });
    if (config.database.client === 'pg') {
      expect((await readFile(file)).subarray(0, 5).toString()).toBe('PGDMP');
      return;
    }
    const copy = new Sqlite(file, { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    const count = copy.prepare('select count(*) as people from auth_user').get() as { people: number };
    expect(count.people).toBe(Number((await app.db('auth_user').count({ people: '*' }).first())?.people));
    copy.close();
  });

  it('never overwrites, and leaves nothing behind when it cannot', async () => {
    await writeFile(file, 'precious');
    expect(await run(`backup ${file}`)).toMatchObject({
      code: 1,
      err: `${file} exists already. Nothing was overwritten.\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(await run(`backup ${file}-folder/copy`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no folder'),
    });
  });

  it('leaves nothing behind when the copy fails', async () => {
    const broken = {
      ...app.services,
      db: { client: { acquireConnection: () => Promise.reject(new Error('no connection')) } },
    };
    if (testDialect === 'postgres') return;
    const result = await manage(`backup ${file}`, { services: broken as never });
    expect(result).toMatchObject({ code: 1, err: expect.stringContaining('no connection') });
    await expect(stat(file)).rejects.toThrow();
    await expect(stat(`${file}.partial`)).rejects.toThrow();
  });

  it('hands the address over where other users cannot read it', () => {
    expect(postgresEnvironment('postgres://ada:p%40ss@db.example.com:5433/flags?sslmode=verify-full')).toEqual({
      PGHOST: 'db.example.com',
      PGPORT: '5433',
      PGUSER: 'ada',
      PGPASSWORD: 'p@ss',
      PGDATABASE: 'flags',
      PGSSLMODE: 'verify-full',
    });
  });
});

describe('a command that cannot reach its database', () => {
  it('says so in one sentence', async () => {
    const environment = {
      ...environmentFor({
        config: { client: 'pg', url: 'postgres://nobody@127.0.0.1:1/none' },
        drop: async () => undefined,
      }),
    };
    const result = await manage('flag --list', { environment });
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining('The database does not answer') });
    expect(result.err).not.toContain('    at ');
  });

  it('names what is wrong with its configuration', async () => {
    const result = await manage('flag --list', { environment: { PORT: 'many', SESSION_SECRET: 'secret' } });
    expect(result).toMatchObject({ code: 1, err: expect.stringMatching(/PORT: .*\n.*SESSION_SECRET: /) });
  });
});
