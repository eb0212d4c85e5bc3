import type { Response } from 'supertest';
import { PASSWORD, people } from '../../test/support/people';
import { type TestApp, testApp, Visitor } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { inTransaction, toDbTime } from '../db';
import { findJob } from '../jobs';
import { localActor } from '../lib/viewer';
import { setEveryone } from '../teams';
import { findProgress, listSyncItems } from './queries';

let app: TestApp;
let newcomers = 0;
const actor = localActor('system', 'test');

beforeAll(async () => {
  app = await testApp({ environment: { JIRA_CLIENT_ID: 'id', JIRA_CLIENT_SECRET: 'secret' } });
});

afterAll(() => app.close());

afterEach(() => flags({ jira: false, slack: false }));

async function flags(wanted: { jira?: boolean; slack?: boolean }): Promise<void> {
  for (const [slug, value] of Object.entries(wanted)) {
    await setEveryone(app.services, actor, `integration_${slug}_enabled`, value);
  }
}

/** Somebody with a new account and no organization, signed in. */
async function newcomer(): Promise<Visitor & { id: number }> {
  newcomers += 1;
  const alice = await app.db('auth_user').where({ email: people.alice.email }).first();
  const email = `newcomer${newcomers}@example.com`;
  const { id: _id, ...row } = { ...alice, email, name: `Newcomer ${newcomers}` };
  const [added] = await app.db('auth_user').insert(row).returning('id');
  const visitor = new Visitor(app.app);
  await visitor.signIn(email, PASSWORD);
  return Object.assign(visitor, { id: added.id as number });
}

/** The same with an organization whose sync has run. */
async function founder(name = 'Blue Harbour'): Promise<Visitor & { id: number; organizationId: number }> {
  const visitor = await newcomer();
  expect((await visitor.post('/onboarding/organization/', { name })).status).toBe(303);
  await app.services.jobs.idle();
  const { organization_id } = await app.db('orgs_membership').where({ user_id: visitor.id }).first();
  return Object.assign(visitor, { organizationId: organization_id as number });
}

const leadsTo = async (visitor: Visitor, from: string): Promise<string> => {
  const response = await visitor.get(from);
  return response.status === 303 ? String(response.headers.location) : String(response.status);
};

/** The progress list as somebody reads it: the text of each step, the present one marked, and the count. */
function readSteps({ text }: Response): { steps: string[]; count: string } {
  const list = /<nav class="ff-steps"[\s\S]*?<\/nav>/.exec(text)?.[0] ?? '';
  const steps = [...list.matchAll(/<li class="[^"]*"( aria-current="step")?>([\s\S]*?)<\/li>/g)].map(
    ([, current = '', inside = '']) =>
      (current === '' ? '' : '> ') + (/ff-step-text">(?:<a[^>]*>)?([^<]*)/.exec(inside)?.[1] ?? ''),
  );
  return { steps, count: /Step \d of \d/.exec(text)?.[0] ?? '' };
}

/** Makes the sync of an organization look like one in the middle of its work, or one that failed. */
async function setJob(organizationId: number, changes: Record<string, unknown>): Promise<number> {
  const progress = await findProgress(app.db, organizationId);
  await app.db('onboarding_progress').where({ organization_id: organizationId }).update({ synced_at: null });
  await app.db('jobs_job').where({ id: progress?.jobId }).update(changes);
  return progress?.jobId ?? 0;
}

describe('a person without an organization', () => {
  /** Stays without one through all tests that must not give it one. */
  let visitor: Visitor & { id: number };

  beforeAll(async () => {
    visitor = await newcomer();
  });

  it('is led from / to the first step', async () => {
    expect(await leadsTo(visitor, '/')).toBe('/onboarding/organization/');
    expect(await leadsTo(visitor, '/onboarding/')).toBe('/onboarding/organization/');
    const page = await visitor.get('/onboarding/organization/').expect(200);
    expect(page.text).toContain('Create your organization');
    expect(readSteps(page)).toEqual({ steps: ['> Create organization', 'Sync', 'Complete'], count: 'Step 1 of 3' });
  });

  it.each(['sync_progress', 'jira', 'slack', 'complete'])('cannot skip ahead to %s', async (step) => {
    await flags({ jira: true, slack: true });
    expect(await leadsTo(visitor, `/onboarding/${step}/`)).toBe('/onboarding/organization/');
    const sent = await visitor.post(`/onboarding/${step}/`);
    expect([sent.status, sent.headers.location]).toEqual([303, '/onboarding/organization/']);
    expect(await app.db('orgs_membership').where({ user_id: visitor.id })).toEqual([]);
  });

  it('sees the short name that a name would get, alone and in the page', async () => {
    const partial = await visitor.htmxGet('/onboarding/organization/?name=Acme').expect(200);
    expect(partial.text).toMatch(/^<p[^>]*id="organization-address"[^>]*>Its short name will be <code>acme-2<\/code>/m);
    expect(partial.text).not.toContain('<html');
    const page = await visitor.get('/onboarding/organization/?name=Blue%20Moon');
    expect(page.text).toContain('value="Blue Moon"');
    expect(page.text).toContain('<code>blue-moon</code>');
  });

  it('creates one, becomes its owner, and its sync runs', async () => {
    const visitor = await newcomer();
    const sent = await visitor.post('/onboarding/organization/', { name: '  Röd   Stuga ' });
    expect([sent.status, sent.headers.location]).toEqual([303, '/onboarding/sync_progress/']);
    await app.services.jobs.idle();
    const [row] = await app
      .db('orgs_membership as m')
      .join('orgs_organization as o', 'o.id', 'm.organization_id')
      .where('m.user_id', visitor.id);
    expect(row).toMatchObject({ name: 'Röd Stuga', slug: 'rod-stuga', role: 'owner' });
    const progress = await findProgress(app.db, row.organization_id);
    expect(progress?.syncedAt).toBeInstanceOf(Date);
    expect(await findJob(app.db, progress?.jobId ?? 0)).toMatchObject({ state: 'done', progress: 7, total: 7 });
    const [entry] = await listEntries(app.db, { objectType: 'orgs.organization', limit: 1 });
    expect(entry).toMatchObject({ actorId: visitor.id, message: 'Created the organization Röd Stuga.' });
  });

  it.each([
    ['', 'Enter a name for the organization.'],
    ['   ', 'Enter a name for the organization.'],
    ['x'.repeat(101), 'Use at most 100 characters.'],
    ['-- !! --', 'Use at least one letter or digit.'],
  ])('is told what is wrong with the name %j, which is kept', async (name, message) => {
    const sent = await visitor.post('/onboarding/organization/', { name });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain(message);
    expect(sent.text).toContain('href="#id_name"');
    expect(sent.text).toContain(`value="${name}"`);
    expect(sent.text).toMatch(/<title>Error: /);
    expect(await app.db('orgs_membership').where({ user_id: visitor.id })).toEqual([]);
  });

  it.each(['id', 'slug', 'organization_id', 'role', 'created_at', 'time_zone'])('cannot set %s', async (column) => {
    const sent = await visitor.post('/onboarding/organization/', { name: 'Sneaky', [column]: '1' });
    expect(sent.status).toBe(422);
    expect(await app.db('orgs_membership').where({ user_id: visitor.id })).toEqual([]);
  });

  it('gets one organization, however often the form is sent', async () => {
    const visitor = await newcomer();
    await visitor.csrfToken();
    const sent = await Promise.all([1, 2, 3].map(() => visitor.post('/onboarding/organization/', { name: 'Twice' })));
    expect(sent.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await app.db('orgs_membership').where({ user_id: visitor.id })).toHaveLength(1);
    await app.services.jobs.idle();
    expect(await app.db('orgs_organization').where({ name: 'Twice' })).toHaveLength(1);
  });

  it('cannot create one without the token of their session', async () => {
    await visitor.agent.post('/onboarding/organization/').type('form').send({ name: 'Forged' }).expect(403);
    expect(await app.db('orgs_organization').where({ name: 'Forged' })).toEqual([]);
  });
});

describe('the four ways', () => {
  it.each([
    ['neither', {}, []],
    ['Jira', { jira: true }, ['jira']],
    ['Slack', { slack: true }, ['slack']],
    ['both', { jira: true, slack: true }, ['jira', 'slack']],
  ])('with %s on, lead through each enabled step once, and remember where somebody stopped', async (_n, on, steps) => {
    await flags(on);
    const visitor = await founder();
    const names = steps.map((step) => ({ jira: 'Jira', slack: 'Slack' })[step] ?? '');
    const count = steps.length + 3;

    const sync = await visitor.get('/onboarding/sync_progress/').expect(200);
    expect(readSteps(sync)).toEqual({
      steps: ['Organization', '> Sync', ...names, 'Complete'],
      count: `Step 2 of ${count}`,
    });
    let next = /href="([^"]+)" id="sync-continue"/.exec(sync.text)?.[1];
    expect(await leadsTo(visitor, '/onboarding/')).toBe(next);

    for (const [index, step] of steps.entries()) {
      expect(next).toBe(`/onboarding/${step}/`);
      expect(await leadsTo(visitor, '/onboarding/')).toBe(next);
      expect(await leadsTo(visitor, '/')).toBe(next);
      const page = await visitor.get(String(next)).expect(200);
      expect(page.text).toContain(`<h1>Connect ${names[index]}</h1>`);
      expect(page.text).toContain('Skip for now');
      expect(readSteps(page).count).toBe(`Step ${index + 3} of ${count}`);
      next = (await visitor.post(`/onboarding/${step}/`)).headers.location;
    }

    expect(next).toBe('/onboarding/complete/');
    const complete = await visitor.get('/onboarding/complete/').expect(200);
    expect(readSteps(complete)).toEqual({
      steps: ['Organization', 'Sync', ...names, '> Complete'],
      count: `Step ${count} of ${count}`,
    });
    expect(complete.text).toContain('Blue Harbour is set up');
    expect(await leadsTo(visitor, '/onboarding/')).toBe('/onboarding/complete/');
    expect(await leadsTo(visitor, '/')).toBe('/integrations/');
  });

  it.each([
    ['jira', {}, 'complete'],
    ['jira', { slack: true }, 'slack'],
    ['slack', {}, 'complete'],
    ['slack', { jira: true }, 'complete'],
  ])('lead from the disabled step %s with %j on to %s', async (step, on, target) => {
    await flags(on);
    const visitor = await founder();
    expect(await leadsTo(visitor, `/onboarding/${step}/`)).toBe(`/onboarding/${target}/`);
    const sent = await visitor.post(`/onboarding/${step}/`);
    expect([sent.status, sent.headers.location]).toEqual([303, `/onboarding/${target}/`]);
  });
});

describe('the step of an integration', () => {
  /** A row as connecting leaves it. */
  async function connect(userId: number, provider: string, of: Record<string, unknown> = {}): Promise<void> {
    const now = toDbTime(app.clock.now());
    const stamps = { created_at: now, modified_at: now };
    const account = { external_id: '7', external_name: 'Ada <at> Jira', scopes: '[]' };
    const tokens = { access_token: 'v1.sealed.access', refresh_token: 'v1.sealed.refresh' };
    const row = { user_id: userId, provider, ...account, ...tokens, ...stamps, ...of };
    await app.db('integration_connections').insert(row).onConflict(['user_id', 'provider']).merge();
    await app.services.integrationStatuses.forget(userId, provider);
  }
  const main = ({ text }: Response) => text.slice(text.indexOf('<main'));

  it('offers what there is to do: connect and come back, go on, connect again', async () => {
    await flags({ jira: true });
    const visitor = await founder();
    const step = async () => main(await visitor.get('/onboarding/jira/').expect(200));
    const end = async () => main(await visitor.get('/onboarding/complete/').expect(200));

    expect(await step()).toMatch(/ff-btn-primary" href="\/integrations\/jira\/connect\/\?next=\/onboarding\/jira\/"/);
    const row = async () => /<li class="(ff-check-\w+)">(?:(?!<li)[\s\S])*?>Jira</.exec(await end())?.[1];
    expect(await row()).toBe('ff-check-open');
    expect(await end()).toContain(
      'Ready to connect. <a href="/integrations/jira/connect/?next=/onboarding/complete/">',
    );

    await connect(visitor.id, 'jira');
    expect(await step()).toContain('<h1>Jira is connected</h1>');
    expect(await step()).toContain('Connected as <strong>Ada &lt;at&gt; Jira</strong>');
    expect(await step()).toMatch(/<button class="[^"]*ff-btn-primary" type="submit"><span>Continue</);
    expect(await end()).toContain('Connected as Ada &lt;at&gt; Jira');
    expect(await row()).toBe('ff-check-on');
    for (const page of [await step(), await end()]) expect(page).not.toContain('/connect/');

    await connect(visitor.id, 'jira', { refresh_token: null });
    expect(await step()).toMatch(/\?next=\/onboarding\/jira\/"><i [^>]*><\/i><span>Reconnect Jira</);
    expect(await step()).toContain('Skip for now');
    expect(await end()).toContain('?next=/onboarding/complete/">Reconnect Jira</a>');
  });

  it('leads nobody to a page where nothing can be done', async () => {
    await flags({ slack: true });
    const visitor = await founder();
    const page = main(await visitor.get('/onboarding/slack/').expect(200));
    expect(page).toContain('This integration isn&#39;t set up yet. Ask your administrator.');
    expect(page).not.toContain('/connect/');
    expect(page).toMatch(/<button class="[^"]*ff-btn-primary" type="submit"><span>Skip for now</);
    expect(main(await visitor.get('/onboarding/complete/'))).not.toContain('/connect/');
  });
});

describe('a flag', () => {
  it('is followed at once by the list, the count and the way on', async () => {
    const visitor = await founder();
    const before = await visitor.get('/onboarding/sync_progress/');
    expect(readSteps(before)).toMatchObject({ count: 'Step 2 of 3' });
    await flags({ jira: true, slack: true });
    const after = await visitor.get('/onboarding/sync_progress/');
    expect(readSteps(after)).toEqual({
      steps: ['Organization', '> Sync', 'Jira', 'Slack', 'Complete'],
      count: 'Step 2 of 5',
    });
    await flags({ jira: false });
    const polled = await visitor.htmxGet('/onboarding/sync_progress/');
    expect(polled.text).toContain('hx-target="#onboarding-steps"');
    expect(readSteps(polled)).toMatchObject({
      steps: ['Organization', '> Sync', 'Slack', 'Complete'],
      count: 'Step 2 of 4',
    });
    expect(polled.text).toContain('href="/onboarding/slack/" id="sync-continue"');
  });

  it('that is switched on later leads nobody back who has finished', async () => {
    const visitor = await founder();
    const finished = await visitor.post('/onboarding/complete/');
    expect(finished.headers.location).toBe('/integrations/');
    await flags({ jira: true, slack: true });
    expect(await leadsTo(visitor, '/onboarding/')).toBe('/onboarding/complete/');
    expect(await leadsTo(visitor, '/')).toBe('/integrations/');
    await visitor.get('/onboarding/jira/').expect(200);
  });
});

describe('the sync', () => {
  it('keeps what it found, for the page and for the end', async () => {
    await flags({ jira: true });
    const visitor = await founder('Facts');
    const items = await listSyncItems(app.db, visitor.organizationId);
    expect(items.map(({ key }) => key)).toEqual([
      'organization',
      'members',
      'integration:github',
      'integration:jira',
      'integration:copilot',
      'integration:slack',
      'integration:google_workspace',
    ]);
    expect(items.find(({ key }) => key === 'members')?.facts).toEqual({ owner: 1, admin: 0, member: 0 });
    const page = await visitor.get('/onboarding/sync_progress/');
    expect(page.text).toContain('1 member, the owner');
    expect(page.text).toContain('Available; not set up on this server yet');
    expect(page.text).toContain('7 of 7');
  });

  it('shows a determinate bar and asks again every two seconds while it runs', async () => {
    const visitor = await founder();
    const running = { state: 'running', progress: 3, finished_at: null, claimed_by: 'elsewhere' };
    const until = toDbTime(new Date(app.clock.now().getTime() + 60_000));
    await setJob(visitor.organizationId, { ...running, claimed_until: until });
    const page = await visitor.get('/onboarding/sync_progress/').expect(200);
    expect(page.text).toContain('hx-trigger="every 2s"');
    expect(page.text).toMatch(/<progress[^>]* max="7" value="3"/);
    expect(page.text).toContain('3 of 7');
    expect(page.text).toContain('<a class="ff-no-script" href="/onboarding/sync_progress/">Check again</a>');
    expect(page.text).not.toContain('id="sync-continue"');
    expect(await leadsTo(visitor, '/onboarding/')).toBe('/onboarding/sync_progress/');

    const partial = await visitor.htmxGet('/onboarding/sync_progress/');
    expect(partial.text).toContain('<div class="ff-sync" id="sync" hx-get="/onboarding/sync_progress/"');
    expect(partial.text).not.toContain('<html');
    await setJob(visitor.organizationId, { state: 'done', finished_at: until });
    const done = await visitor.htmxGet('/onboarding/sync_progress/');
    expect(done.text).not.toContain('hx-trigger');
    expect(done.text).toContain('id="sync-continue"');
  });

  it('that failed says why, and can be tried again from where it stopped or left behind', async () => {
    const visitor = await founder();
    const failed = { state: 'failed', progress: 2, finished_at: toDbTime(app.clock.now()) };
    const id = await setJob(visitor.organizationId, {
      ...failed,
      error: 'SqliteError: no such table: secret_table at /srv/app.js:1',
    });
    const page = await visitor.get('/onboarding/sync_progress/').expect(200);
    expect(page.text).toContain('The sync stopped after 2 of 7 steps. What was done is kept.');
    expect(page.text).toContain(`An unexpected fault stopped it. It has been logged as job ${id}.`);
    expect(page.text).not.toContain('secret_table');
    expect(page.text).toContain('Retry');
    expect(page.text).toContain('Continue anyway');
    expect(page.text).not.toContain('hx-trigger');

    await visitor.post('/onboarding/sync_progress/');
    await app.services.jobs.idle();
    expect(await findJob(app.db, id)).toMatchObject({ state: 'done', progress: 7 });
    expect((await findProgress(app.db, visitor.organizationId))?.jobId).toBe(id);
  });

  it('that failed may be left behind', async () => {
    await flags({ slack: true });
    const visitor = await founder();
    await setJob(visitor.organizationId, {
      state: 'failed',
      finished_at: toDbTime(app.clock.now()),
      error: 'PermanentFailure: The organization no longer exists.',
    });
    const page = await visitor.get('/onboarding/sync_progress/');
    expect(page.text).toContain('The organization no longer exists.');
    const sent = await visitor.post('/onboarding/sync_progress/skip/');
    expect(sent.headers.location).toBe('/onboarding/slack/');
    expect(await leadsTo(visitor, '/onboarding/sync_progress/skip/')).toBe('/onboarding/sync_progress/'); // after signing in
    expect(await leadsTo(visitor, '/onboarding/')).toBe('/onboarding/slack/');
    expect((await visitor.get('/onboarding/complete/')).text).toContain('Open the sync');
  });

  it('runs once, however often it is started at once', async () => {
    const visitor = await founder();
    const count = async () => Number((await app.db('jobs_job').count({ jobs: '*' }).first())?.jobs);
    const before = await count();
    await inTransaction(app.db, async (trx) => {
      // While it runs elsewhere, starting it again adds nothing.
      const id = (await findProgress(trx, visitor.organizationId))?.jobId;
      const until = toDbTime(new Date(app.clock.now().getTime() + 60_000));
      await trx('jobs_job').where({ id }).update({ state: 'running', finished_at: null, claimed_until: until });
    });
    const sent = await Promise.all([1, 2, 3].map(() => visitor.post('/onboarding/sync_progress/')));
    expect(sent.map(({ headers }) => headers.location)).toEqual(Array(3).fill('/onboarding/sync_progress/'));
    expect(await count()).toBe(before);
  });

  it('can be started by a member of an organization that never had one', async () => {
    const alice = await app.as('alice');
    const page = await alice.get('/onboarding/sync_progress/').expect(200);
    expect(page.text).toContain('The sync has not started yet.');
    expect(await leadsTo(alice, '/')).toBe('/integrations/');
    await alice.post('/onboarding/sync_progress/');
    await app.services.jobs.idle();
    expect((await alice.get('/onboarding/sync_progress/')).text).toContain('The sync is done.');
  });
});

describe('going back', () => {
  it('is possible to every step that is behind', async () => {
    await flags({ jira: true });
    const visitor = await founder();
    await visitor.post('/onboarding/jira/');
    const complete = await visitor.get('/onboarding/complete/');
    for (const step of ['organization', 'sync_progress', 'jira']) {
      expect(complete.text).toContain(`href="/onboarding/${step}/"`);
      await visitor.get(`/onboarding/${step}/`).expect(200);
    }
  });

  it('lets an owner rename the organization, whose short name stays', async () => {
    const visitor = await founder('Misspelt');
    const page = await visitor.get('/onboarding/organization/');
    expect(page.text).toContain('value="Misspelt"');
    expect(page.text).toContain('Its short name stays <code>misspelt</code>');
    const sent = await visitor.post('/onboarding/organization/', { name: 'Spelt' });
    expect(sent.headers.location).toBe('/onboarding/sync_progress/');
    expect(await app.db('orgs_organization').where({ id: visitor.organizationId }).first()).toMatchObject({
      name: 'Spelt',
      slug: 'misspelt',
    });
  });

  it('does not let a plain member rename it', async () => {
    const owner = await founder('Fixed');
    const member = await newcomer();
    await app.db('orgs_membership').insert({
      organization_id: owner.organizationId,
      user_id: member.id,
      role: 'member',
      created_at: toDbTime(app.clock.now()),
    });
    expect((await member.get('/onboarding/organization/')).text).not.toContain('id="organization-form"');
    expect((await member.post('/onboarding/organization/', { name: 'Broken' })).status).toBe(403);
    expect(await app.db('orgs_organization').where({ name: 'Broken' })).toEqual([]);
    expect(await leadsTo(member, '/')).toBe('/integrations/');
  });
});

describe('every address', () => {
  const steps = ['', 'organization/', 'sync_progress/', 'jira/', 'slack/', 'complete/'];

  it.each(steps)('/onboarding/%s asks a visitor to sign in', async (step) => {
    const visitor = app.visitor();
    const next = encodeURIComponent(`/onboarding/${step}`);
    await visitor.get(`/onboarding/${step}`).expect(303).expect('Location', `/login?next=${next}`);
  });

  it('changes nothing when it is only read', async () => {
    await flags({ jira: true, slack: true });
    const visitor = await founder();
    const dump = async () =>
      JSON.stringify(
        await Promise.all(
          ['onboarding_progress', 'onboarding_sync_item', 'jobs_job', 'orgs_organization', 'audit_entry'].map((table) =>
            app.db(table).orderBy('id'),
          ),
        ),
      );
    const before = await dump();
    for (const step of steps) {
      await visitor.get(`/onboarding/${step}`);
      await visitor.htmxGet(`/onboarding/${step}`);
    }
    expect(await dump()).toBe(before);
  });

  it('takes no field that it does not know', async () => {
    const visitor = await founder();
    for (const path of ['sync_progress/', 'sync_progress/skip/', 'complete/']) {
      const sent = await visitor.post(`/onboarding/${path}`, { organization_id: '1' });
      expect(sent.status).toBe(422);
    }
    expect((await findProgress(app.db, visitor.organizationId))?.completedAt).toBeNull();
  });

  it('needs few queries', async () => {
    const visitor = await founder();
    await visitor.get('/onboarding/sync_progress/'); // shows the message that the session kept, and forgets it
    expect(await app.countQueries(() => visitor.get('/onboarding/sync_progress/'))).toBeLessThanOrEqual(7); // the last one, after the answer, renews the session
  });
});
