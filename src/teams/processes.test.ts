import { spawn } from 'node:child_process';
import { once } from 'node:events';
import request from 'supertest';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { testConfig } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { createApp } from '../app';
import { projectRoot } from '../lib/root';
import { localActor } from '../lib/viewer';
import { createServices, type Services } from '../services';
import { createFlag, setEveryone } from '.';

const ACTOR = localActor('system', 'test');

describe('several processes on one database', () => {
  let database: TestDatabase;
  const running: Services[] = [];

  const start = async (): Promise<Services> => {
    const services = createServices(testConfig(database.config));
    await services.start();
    running.push(services);
    return services;
  };

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const services of running.splice(0)) await services.stop();
    await database.drop();
  });

  it('a change shows to the next request here, and within a second there', async () => {
    const [here, there] = [await start(), await start()];
    const isActive = async (services: Services): Promise<boolean> =>
      (await request(createApp(services)).get('/waffle_status')).body.flags.shop?.is_active;
    await createFlag(here, ACTOR, 'shop', { everyone: false });
    for (const everyone of [true, false, true]) {
      await setEveryone(here, ACTOR, 'shop', everyone);
      expect(await isActive(here)).toBe(everyone);
      const waited = await until(`the flag to be ${everyone}`, async () => (await isActive(there)) === everyone);
      expect(waited).toBeLessThan(1_000);
    }
  });

  it('a change made by a command in another process shows within a second', async () => {
    const here = await start();
    await createFlag(here, ACTOR, 'shop', { everyone: false });
    const { config } = database;
    const command = spawn(process.execPath, ['dist/src/manage.js', 'flag', 'shop', '--everyone'], {
      cwd: projectRoot,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        LOG_LEVEL: 'silent',
        DATABASE_URL: config.client === 'pg' ? config.url : `sqlite:${config.filename}`,
        SESSION_SECRET: 'test-session-secret-0123456789-abcdefghij',
        ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdefghij',
      },
    });
    let said = '';
    command.stdout.on('data', (chunk) => {
      said += chunk;
    });
    command.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(command, 'close');
    expect(`${code} ${said}`).toBe('0 shop: On for everyone. (Was: Off for everyone.)\n');
    const waited = await until('the flag', () => here.flags.flagIsActiveFor(undefined, 'shop'));
    expect(waited).toBeLessThan(1_000);
  }, 30_000);
});

describe('when the database goes away', () => {
  it('pages render, flags stay as they were, and nothing throws', async () => {
    const database = await createTestDatabase();
    const services = createServices(testConfig(database.config));
    await services.snapshots.start();
    await createFlag(services, ACTOR, 'shop', { everyone: true });
    await services.db.destroy();
    await database.drop();
    const app = createApp(services);
    for (let i = 0; i < 3; i++) {
      const response = await request(app).get('/waffle_status');
      expect([response.status, response.body.flags.shop.is_active]).toEqual([200, true]);
    }
    expect(services.flags.flagIsActiveFor(undefined, 'unheard')).toBe(false);
    await services.flags.missing.flush();
    await services.snapshots.stop();
    expect(services.flags.flagIsActiveFor(undefined, 'shop')).toBe(true);
  }, 30_000);

  it('a process that never reached it answers by default and lists nothing as missing', async () => {
    const database = await createTestDatabase({ migrated: false });
    const services = createServices(testConfig(database.config, { WAFFLE_FLAG_DEFAULT: '0' }));
    await services.snapshots.start();
    expect(services.flags.flagIsActiveFor(undefined, 'integration_jira_enabled')).toBe(false);
    // A start waits for what flags are decided by; what else failed to load says so a moment later.
    await until('all of it', () => services.snapshots.status().every(({ stale }) => stale));
    for (const status of services.snapshots.status())
      expect(status).toMatchObject({ stale: true, revision: undefined });
    expect(services.snapshots.status().map(({ scope }) => scope)).toContain('global');
    await services.flags.missing.flush();
    await services.stop();
    await database.drop();
  });
});
