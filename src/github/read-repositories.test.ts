import { connectAt } from '../../test/support/connect';
import { type OAuthFault, type OAuthProvider, startOAuthProvider } from '../../test/support/oauth-provider';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { toDbTime } from '../db';
import { type Job, retryJob } from '../jobs';
import { findJob } from '../jobs/queries';
import { localActor } from '../lib/viewer';
import { createLog } from '../log';
import { SyncPayload } from '../onboarding/sync';
import { findReadingState } from './queries';

const BASE_URL = 'http://localhost:3000';
const SYNC = '/onboarding/sync_progress/';

let t: TestApp;
let github: OAuthProvider;
let alice: Visitor;
let began: Date;
const lines: string[] = [];

/** What GitHub says of a repository, as far as anybody reads it, and a little more. */
const repository = (number: number, more: Record<string, unknown> = {}) => ({
  id: number,
  node_id: `R_${number}`,
  name: `app-${number}`,
  full_name: `ada/app-${number}`,
  private: number % 2 === 0,
  archived: false,
  owner: { login: 'ada', id: 4711 },
  default_branch: 'main',
  language: 'TypeScript',
  pushed_at: new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString(),
  permissions: { admin: true },
  ...more,
});
const repositories = (count: number) => Array.from({ length: count }, (_, index) => repository(index + 1));

beforeAll(async () => {
  github = await startOAuthProvider('github', BASE_URL);
  t = await testApp({
    environment: { BASE_URL, ...github.environment },
    log: createLog('trace', { write: (line) => void lines.push(line) }),
  });
  began = t.clock.now();
});
beforeEach(async () => {
  t.clock.set(began);
  for (const table of ['integration_connections', 'integration_visits', 'onboarding_progress', 'jobs_job']) {
    await t.db(table).delete();
  }
  Object.assign(github, {
    fault: 'none',
    goodPages: 0,
    onPage: async () => {},
    repositories: repositories(250),
    person: { id: 4711, login: 'ada' },
  });
  github.pagesAsked.length = 0;
  lines.length = 0;
  alice = await t.as('alice');
});
afterAll(async () => {
  await t?.close();
  await github?.close();
});

const connect = (visitor: Visitor): Promise<string> => connectAt(visitor, github, `?next=${SYNC}`);

/** Starts the sync, or lets it go on, and waits until nothing is due. */
async function sync(visitor = alice): Promise<string> {
  expect((await visitor.post(SYNC)).headers.location).toBe(SYNC);
  return settled(visitor);
}
const settled = async (visitor = alice): Promise<string> => {
  await t.services.jobs.idle();
  return (await visitor.get(SYNC).expect(200)).text;
};
/** Lets the pause before the next try pass. */
const nextTry = (): Promise<string> => {
  t.clock.advance(300_000);
  t.services.jobs.wake();
  return settled();
};
const state = (who: 'alice' | 'charlie' = 'alice') => findReadingState(t.db, t.ids[who]);
const job = async (): Promise<Job> => {
  const { id } = await t.db('jobs_job').where({ kind: 'onboarding.sync' }).orderBy('id', 'desc').first('id');
  const found = await findJob(t.db, id);
  if (found === undefined) throw new Error('there is no job');
  return found;
};

describe('without GitHub', () => {
  it('the sync is done, and GitHub can be connected from its page or skipped', async () => {
    const page = await sync();
    expect(page).toContain('The sync is done.');
    expect(page).toContain('Not connected');
    expect(page).toContain(`href="/integrations/github/connect/?next=%2Fonboarding%2Fsync_progress%2F">Connect GitHub`);
    expect(page).toMatch(/href="\/onboarding\/complete\/" id="sync-continue"><span>Continue without GitHub/);
    expect(page).not.toContain('Read repositories');
    expect(await connect(alice)).toBe(SYNC);
    const connected = await alice.get(SYNC);
    expect(connected.text).toContain('Connected as ada; repositories not read yet');
    expect(connected.text).toContain('Read repositories');
    expect(connected.text).toMatch(/id="sync-continue"><span>Continue</);
    expect(connected.text).not.toContain('Connect GitHub');
    expect(github.pagesAsked).toEqual([]);
  });

  it('has a short address, for those who are signed in', async () => {
    expect((await alice.get('/onboarding/sync/').expect(303)).headers.location).toBe(SYNC);
    expect((await t.visitor().get('/onboarding/sync/').expect(303)).headers.location).toMatch(/^\/login\?next=/);
  });
});

describe('with GitHub connected', () => {
  beforeEach(async () => {
    await connect(alice);
  });

  it('every page is read once and kept, and those pushed to last are shown', async () => {
    const page = await sync();
    expect(github.pagesAsked).toEqual([1, 2, 3]);
    expect(await state()).toMatchObject({ count: 250, seen: 250, reading: { page: 3, pages: 3 } });
    expect(page).toContain('250 repositories of ada');
    expect(page).toContain(`<a href="${github.url}/ada/app-250" rel="noopener">ada/app-250</a>`);
    expect(page).toContain('and 242 more');
    expect(page).toContain('id="sync-continue"><span>Continue');
    expect((await alice.get('/onboarding/complete/')).text).toContain('250 repositories of ada');
    expect(await job()).toMatchObject({ state: 'done', progress: 7, total: 7 });
  });

  it('a second reading follows what was renamed, made or deleted at GitHub', async () => {
    await sync();
    github.repositories = [
      repository(1, { full_name: 'ada/renamed' }),
      repository(300, { pushed_at: null }),
      repository(301),
    ];
    await sync();
    expect(await t.db('github_repository').orderBy('external_id').pluck('full_name')).toEqual([
      'ada/renamed',
      'ada/app-300',
      'ada/app-301',
    ]);
  });

  it('an account without repositories is told so', async () => {
    github.repositories = [];
    expect(await sync()).toContain('0 repositories of ada');
  });

  it('a failure half-way is said, tried again and goes on where it stopped', async () => {
    Object.assign(github, { fault: 'repositories: 502', goodPages: 2 });
    const page = await sync();
    expect(page).toContain('GitHub cannot answer right now (502).');
    expect(page).toContain('It goes on by itself in a moment; what was done is kept.');
    expect(page).toContain('200 repositories, page 2 of 3');
    expect(page).toMatch(/<progress[^>]* max="3" value="2"/);
    expect(page).toContain('200 repositories of ada so far');
    github.fault = 'none';
    expect(await nextTry()).toContain('250 repositories of ada');
    expect(github.pagesAsked).toEqual([1, 2, 3, 3]);
  });

  it('after five tries it is over until somebody presses Retry, which goes on where it stopped', async () => {
    Object.assign(github, { fault: 'repositories: hangs up', goodPages: 1 });
    await sync();
    for (const _try of [2, 3, 4]) await nextTry();
    const page = await nextTry();
    expect(page).toContain('The sync stopped after 2 of 7 steps. What was done is kept.');
    expect(page).toContain('GitHub could not be reached, or did not answer in time.');
    expect(page).toContain('Retry');
    expect(page).toContain('Continue anyway');
    expect(page).toContain('100 repositories, page 1 of 3');
    expect(page).not.toContain('hx-trigger');
    github.fault = 'none';
    github.pagesAsked.length = 0;
    expect(await sync()).toContain('250 repositories of ada');
    expect(github.pagesAsked).toEqual([2, 3]);
  });

  it.each<[OAuthFault, RegExp]>([
    ['repositories: html', /something else than a list of repositories/],
    ['repositories: 403', /does not let Flagstaff list the repositories \(403\)\. An administrator/],
    ['repositories: limited', /as many requests of this account as it does in an hour\. Retry after 00:00 UTC\./],
  ])('%s is said in words of ours', async (fault, words) => {
    github.fault = fault;
    const page = await sync();
    expect(page).toMatch(words);
    expect(page + JSON.stringify(await job()) + lines.join('')).not.toMatch(/canary/);
    expect((await t.db('integration_connections').first()).auth_failed_at).toBeNull();
  });

  it.each([
    ['a name that is none', { full_name: '../../etc' }],
    ['a name with markup', { full_name: 'ada/<b>' }],
    ['no number', { id: 'x' }],
    ['a line break', { default_branch: 'a\nb' }],
    ['a date that is none', { pushed_at: 'yesterday' }],
  ])('a repository with %s is not kept', async (_name, more) => {
    github.repositories = [repository(1, more)];
    expect(await sync()).toContain('something else than a list of repositories');
    expect(await t.db('github_repository')).toEqual([]);
  });

  it('a refused token marks the connection: the next page says Reconnect, and afterwards it goes on', async () => {
    Object.assign(github, { fault: 'repositories: 401', goodPages: 1 });
    const page = await sync();
    expect(page).toContain('GitHub no longer accepts the connection. Reconnect it, then go on.');
    expect(page).toContain(`href="/integrations/github/connect/?next=${SYNC}" id="sync-reconnect"`);
    expect(page).toContain('Continue anyway');
    expect(page).not.toContain('id="sync-retry"');
    expect((await alice.get('/account/')).text).toMatch(/id="ff-cta"[\s\S]*Reconnect GitHub/);
    expect(await job()).toMatchObject({ state: 'failed', attempts: 1 });
    expect(lines.join('')).not.toMatch(/canary/);

    github.fault = 'none';
    github.pagesAsked.length = 0;
    expect(await connect(alice)).toBe(SYNC);
    expect((await alice.get('/account/')).text).not.toContain('id="ff-cta"');
    expect(await sync()).toContain('250 repositories of ada');
    expect(github.pagesAsked).toEqual([2, 3]); // the same account: what was read still counts
  });

  it('another account begins anew, and nothing of the first one stays', async () => {
    await sync();
    Object.assign(github, {
      person: { id: 99, login: 'grace' },
      repositories: [repository(7, { full_name: 'grace/seven' })],
    });
    await connect(alice);
    expect((await alice.get(SYNC)).text).toContain('Connected as grace; repositories not read yet');
    expect(await sync()).toContain('1 repository of grace');
    expect(await t.db('github_repository').pluck('full_name')).toEqual(['grace/seven']);
  });

  it('disconnecting takes the repositories along, also while they are read', async () => {
    await sync();
    await alice.post('/integrations/github/disconnect/');
    expect(await t.db('github_repository')).toEqual([]);
    await connect(alice);
    github.onPage = async (page) => {
      if (page === 2) await alice.post('/integrations/github/disconnect/');
    };
    const page = await sync();
    expect(page).toContain('The sync is done.');
    expect(page).toContain('Not connected');
    expect([await t.db('github_repository'), await t.db('github_reading')]).toEqual([[], []]);
  });

  it('a worker that dies leaves its pages to the next one', async () => {
    Object.assign(github, { fault: 'repositories: 502', goodPages: 2 });
    await sync();
    const dead = { state: 'running', claimed_by: 'dead', claimed_until: toDbTime(t.clock.now()), attempts: 1 };
    await t
      .db('jobs_job')
      .where({ id: (await job()).id })
      .update(dead);
    Object.assign(github, { fault: 'none' });
    github.pagesAsked.length = 0;
    t.services.jobs.wake();
    expect(await settled()).toContain('250 repositories of ada');
    expect(github.pagesAsked).toEqual([3]);
  });

  it('an access that has run out is renewed in the middle of it', async () => {
    github.onPage = async (page) => {
      if (page === 1) t.clock.advance(14_400_000 - 1_000);
    };
    await sync();
    expect(await state()).toMatchObject({ count: 250 });
    expect(github.calls.refreshes).toBeGreaterThan(0);
  });

  it('each person reads their own, and is told of another one’s failure as such', async () => {
    Object.assign(github, { fault: 'repositories: 403' });
    await sync();
    const bob = await t.as('bob');
    const [{ organization_id }] = await t.db('orgs_membership').where({ user_id: t.ids.alice });
    await t.db('orgs_membership').where({ user_id: t.ids.bob }).delete();
    const joined = { organization_id, user_id: t.ids.bob, role: 'member', created_at: toDbTime(t.clock.now()) };
    await t.db('orgs_membership').insert(joined);
    const seen = (await bob.get(SYNC)).text;
    expect(seen).toContain('Somebody else started it. GitHub does not let');
    expect(seen).not.toContain('ada');
    const before = await job();
    expect(await sync(bob)).toContain('The sync is done.');
    expect((await job()).id).not.toBe(before.id);
    expect(SyncPayload.parse((await job()).payload).userId).toBe(t.ids.bob);
    // Staff may let the other one go on; it reads the account of whoever started it.
    github.fault = 'none';
    await retryJob({ ...t.services }, localActor('system', 'test'), before.id);
    await t.services.jobs.idle();
    expect(await state()).toMatchObject({ count: 250 });
  });

  it('is not held up by an older sync that staff let go on', async () => {
    github.fault = 'repositories: 403';
    await sync();
    const older = await job();
    await t
      .db('jobs_job')
      .where({ id: older.id })
      .update({ payload: JSON.stringify({ organizationId: 0, userId: 0 }) });
    await sync();
    const failed = await job();
    const busy = { state: 'running', claimed_by: 'elsewhere', claimed_until: toDbTime(new Date('2100-01-01')) };
    await t
      .db('jobs_job')
      .where({ id: older.id })
      .update({ ...busy, finished_at: null });
    expect(failed).toMatchObject({ state: 'failed', key: older.key });
    expect((await alice.post(SYNC)).headers.location).toBe(SYNC);
    expect((await t.db('onboarding_progress').first()).job_id).toBe(older.id);
  });

  it('an account without end comes to one', async () => {
    Object.assign(github, { fault: 'repositories: for ever', repositories: [repository(1)] });
    await sync();
    expect(github.pagesAsked).toHaveLength(200);
    expect(await state()).toMatchObject({ count: 1, reading: { page: 200 } });
  });
});
