import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '../support/databases';
import { copyWith, piecesOf } from './fourth-flag';

// What follows from the two pieces of code of docs/guides/adding-a-producer-flag.md, in a copy of the product.

const run = promisify(execFile);

let database: TestDatabase;
let said: Record<string, string> &
  Record<'before' | 'on' | 'off', { api: Record<string, boolean>; navigation: boolean }>;

beforeAll(async () => {
  const pieces = await piecesOf('docs/guides/adding-a-producer-flag.md');
  expect([...pieces.keys()]).toEqual(['migrations/20270101000000_add_ticket_scanner.ts', 'src/producers/features.ts']);
  expect(pieces.get('src/producers/features.ts')?.trim().split('\n')).toHaveLength(1);
  const copy = await copyWith(pieces);
  database = await createTestDatabase({ migrated: false });
  const { config } = database;
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'probe.ts'], {
    cwd: copy,
    maxBuffer: 20_000_000,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      SESSION_SECRET: 'test-session-secret-0123456789-abcdefghij',
      ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdefghij',
      DATABASE_URL: config.client === 'pg' ? config.url : `sqlite:${config.filename}`,
    },
  });
  said = JSON.parse(stdout);
}, 120_000);
afterAll(() => database?.drop());

describe('a fourth flag: one migration and one line', () => {
  it('is a switch of the producer’s page that saves by itself', () => {
    expect(said.page).toContain('name="featureflags-0-ticket_scanner_enabled"');
    expect(said.page).toContain('Enable scanning tickets at the door');
    expect(said.switched).toContain('Ticket Scanner is on for Arizona Comedy.');
    expect(said.switched).toContain('Sam Super turned on Ticket Scanner');
  });

  it('is a filter and two actions of the list, and a column of the flags', () => {
    expect(said.list).toContain('ticket scanner enabled');
    expect(said.list).toContain('Enable Ticket Scanner for selected producers');
    expect(said.list).toContain('Disable Ticket Scanner for selected producers');
    expect(said.list).toContain('2 producers');
    expect(said.flags).toContain('Ticket Scanner');
    expect(said.action).toBe(303);
  });

  it('is in the API and in the navigation of the portal, off until it is switched on', () => {
    const states = ['before', 'on', 'off'] as const;
    expect(states.map((state) => said[state].api.ticket_scanner_enabled)).toEqual([false, true, false]);
    expect(states.map((state) => said[state].navigation)).toEqual([false, true, false]);
    expect(Object.keys(said.before.api)).toHaveLength(4);
  });

  it('is counted where it is used', () => {
    expect(said.use).toMatch(/Ticket Scanner[^<]*<\/p><p class="ff-stat-value">1</);
  });
});
