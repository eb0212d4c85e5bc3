import fc from 'fast-check';
import { CaptureServer } from '../../test/support/capture-server';
import type { PersonName } from '../../test/support/people';
import { type TestApp, testApp } from '../../test/support/test-app';
import { until } from '../../test/support/until';

const INTEREST = '/integrations/interest/?integration=';

let t: TestApp;
let restore: (() => void)[] = [];

beforeAll(async () => {
  t = await testApp();
});
beforeEach(async () => {
  await t.db('integrations_interest').delete();
  await t.db('analytics_event').delete();
});
afterEach(() => {
  for (const undo of restore) undo();
  restore = [];
});
afterAll(() => t?.close());

const turnOn = (...slugs: string[]) => {
  for (const slug of slugs) restore.push(t.services.flags.override('flag', `integration_${slug}_enabled`, true));
};
const interests = () => t.db('integrations_interest').select('user_id', 'integration', 'organization_id');
const events = () => t.db('analytics_event').select('event', 'user_id', 'properties').orderBy('id');
/** Of the interests that are there now. */
const auditEntries = async () => {
  const ids: number[] = await t.db('integrations_interest').pluck('id');
  return t.db('audit_entry').where('object_type', 'integrations.interest').whereIn('object_id', ids.map(String));
};
const page = async (who: PersonName = 'alice') => (await (await t.as(who)).get('/integrations/').expect(200)).text;
const cardOf = (html: string, slug: string) =>
  new RegExp(`<article [^>]*id="integration-${slug}"[\\s\\S]*?</article>`).exec(html)?.[0] ?? '';
const organizationId = async (slug: string) => (await t.db('orgs_organization').where({ slug }).first()).id;

describe('GET /integrations/', () => {
  it('shows a card for each integration, what can be connected first', async () => {
    turnOn('slack');
    const html = await page();
    const order = [...html.matchAll(/<article [^>]*id="integration-([a-z_]+)"/g)].map(([, slug]) => slug);
    expect(order).toEqual(['github', 'slack', 'jira', 'copilot', 'google_workspace', 'dropbox', 'basecamp']);
  });

  it('offers Connect for what is enabled', async () => {
    turnOn('jira');
    for (const slug of ['jira', 'github']) {
      const card = cardOf(await page(), slug);
      expect(card).toContain(`href="/integrations/${slug}/connect/"`);
      expect(card).not.toContain('Coming Soon');
      expect(card).not.toContain("I'm Interested");
    }
  });

  it("shows badge, benefits and I'm Interested for what is not", async () => {
    const card = cardOf(await page(), 'jira');
    expect(card).toContain('Coming Soon');
    expect(card).toContain('<strong>Sprint velocity</strong><span>Track story points delivered per sprint</span>');
    expect(card.match(/<li>/g)).toHaveLength(3);
    expect(card).toContain("I'm Interested");
    expect(card).toMatch(
      /<form id="interest-jira" method="post" action="\/integrations\/interest\/\?integration=jira"/,
    );
    expect(card).toContain('name="_csrf"');
    expect(card).not.toContain('/connect/');
  });

  it('keeps Google Workspace coming soon whatever its flag says', async () => {
    turnOn('google_workspace');
    const card = cardOf(await page(), 'google_workspace');
    expect(card).toContain('Coming Soon');
    expect(card).toContain('Track communication workload in calendars');
  });

  it('follows a flag at once', async () => {
    expect(cardOf(await page(), 'copilot')).toContain('Coming Soon');
    turnOn('copilot');
    expect(cardOf(await page(), 'copilot')).toContain('/integrations/copilot/connect/');
  });

  it('asks the database the same few questions however many cards and interests there are', async () => {
    const alice = await t.as('alice');
    // Each count follows a write, since SQLite answers from memory while nothing was written.
    await alice.htmxPost(`${INTEREST}jira`);
    const before = await t.countQueries(() => alice.get('/integrations/'));
    for (const slug of ['copilot', 'slack']) await alice.htmxPost(INTEREST + slug);
    const after = await t.countQueries(() => alice.get('/integrations/'));
    expect(before).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(before);
    expect(after).toBeLessThanOrEqual(6);
  });

  it('brings whoever is signed out to the sign-in and back', async () => {
    await t.visitor().get('/integrations/').expect(303).expect('Location', '/login?next=%2Fintegrations%2F');
  });
});

describe("I'm Interested", () => {
  it('records person, organization and event, and answers htmx with the disabled Thanks!, focused and announced', async () => {
    const response = await (await t.as('alice')).htmxPost(`${INTEREST}jira`);
    expect(response.status).toBe(200);
    const [confirmed = '', announced = ''] = response.text.split('<hx-partial');
    expect(confirmed).toMatch(/^\s*<div class="ff-thanks" id="interest-jira" tabindex="-1" autofocus>/);
    expect(confirmed).toMatch(/<button [^>]*disabled>.*Thanks!/);
    expect(announced).toContain('hx-target="#ff-toasts"');
    expect(announced).toContain('Your interest in Jira is recorded.');
    const organization_id = await organizationId('acme');
    expect(await interests()).toEqual([{ user_id: t.ids.alice, integration: 'jira', organization_id }]);
    const [event] = await events();
    expect(event).toMatchObject({ event: 'integration_interest_clicked', user_id: t.ids.alice });
    expect(JSON.parse(event.properties)).toEqual({ integration: 'jira', team_slug: 'acme' });
  });

  it('stays after a reload, for this person alone, and does not take the focus then', async () => {
    await (await t.as('alice')).htmxPost(`${INTEREST}jira`);
    const card = cardOf(await page(), 'jira');
    expect(card).toContain('Thanks!');
    expect(card).not.toContain('<form');
    expect(card).not.toContain('autofocus');
    expect(cardOf(await page('charlie'), 'jira')).toContain('<form');
  });

  it('answers a plain form with a redirect to the card', async () => {
    const response = await (await t.as('alice')).post(`${INTEREST}slack`);
    expect(response.status).toBe(303);
    expect(response.headers.location).toBe('/integrations/#integration-slack');
    expect(await page()).toContain('Your interest in Slack is recorded.');
    expect(await interests()).toHaveLength(1);
  });

  it('counts once per person and integration', async () => {
    const alice = await t.as('alice');
    expect((await alice.htmxPost(`${INTEREST}jira`)).text).toContain('Thanks!');
    expect((await alice.htmxPost(`${INTEREST}jira`)).text).toContain('Thanks!');
    await (await t.as('charlie')).htmxPost(`${INTEREST}jira`);
    expect(await interests()).toHaveLength(2);
    expect(await events()).toHaveLength(2);
  });

  it('counts once though it is clicked twenty times at the same moment', async () => {
    const alice = await t.as('alice');
    await alice.csrfToken();
    const responses = await Promise.all(Array.from({ length: 20 }, () => alice.htmxPost(`${INTEREST}jira`)));
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
    expect(await interests()).toHaveLength(1);
    expect(await events()).toHaveLength(1);
    expect(await auditEntries()).toHaveLength(1);
  });

  it('is tracked without a team for somebody without an organization', async () => {
    await (await t.as('bob')).htmxPost(`${INTEREST}slack`);
    expect(await interests()).toMatchObject([{ user_id: t.ids.bob, organization_id: null }]);
    const [event] = await events();
    expect(JSON.parse(event.properties)).toEqual({ integration: 'slack' });
  });

  it('leaves an entry in the audit log', async () => {
    await (await t.as('alice')).htmxPost(`${INTEREST}jira`);
    const [entry] = await auditEntries();
    expect(entry).toMatchObject({ action: 'add', actor_id: t.ids.alice, object_label: 'Jira: alice@example.com' });
  });

  it('takes nothing about the record from the form', async () => {
    await (await t.as('alice')).post(`${INTEREST}jira`, {
      integration: 'slack',
      user_id: String(t.ids.charlie),
      organization_id: String(await organizationId('elsewhere')),
      created_at: '2001-01-01',
    });
    const organization_id = await organizationId('acme');
    expect(await interests()).toEqual([{ user_id: t.ids.alice, integration: 'jira', organization_id }]);
  });
});

describe('interest that cannot be recorded', () => {
  it('answers an unknown integration with 404: a toast for htmx, a page otherwise', async () => {
    const alice = await t.as('alice');
    const fragment = await alice.htmxPost(`${INTEREST}trello`);
    expect(fragment.status).toBe(404);
    expect(fragment.text).toMatch(/^<hx-partial hx-target="#ff-alerts"/);
    expect(fragment.text).toContain('There is no integration by that name. Nothing was recorded.');
    const whole = await alice.post(`${INTEREST}trello`);
    expect(whole.status).toBe(404);
    expect(whole.text).toContain('There is no integration by that name.');
    expect(whole.text).toContain('<h1');
    expect(await interests()).toEqual([]);
  });

  it('answers with the card and Connect when the integration has become available meanwhile', async () => {
    turnOn('jira');
    const alice = await t.as('alice');
    const response = await alice.htmxPost(`${INTEREST}jira`);
    expect(response.status).toBe(200);
    expect(response.headers['hx-retarget']).toBe('#integration-jira');
    expect(response.headers['hx-reswap']).toBe('outerHTML');
    expect(cardOf(response.text, 'jira')).toMatch(/href="\/integrations\/jira\/connect\/"[^>]* autofocus/);
    expect(response.text).toContain('Jira is available now.');
    const plain = await alice.post(`${INTEREST}jira`);
    expect(plain.headers.location).toBe('/integrations/#integration-jira');
    expect(await interests()).toEqual([]);
    expect(await events()).toEqual([]);
  });

  it('sends whoever is signed out to the sign-in, and from there to the card', async () => {
    const visitor = t.visitor();
    const response = await visitor.post(`${INTEREST}jira`);
    expect(response.status).toBe(303);
    expect(response.headers.location).toMatch(/^\/login\?next=/);
    const fragment = await visitor.htmxPost(`${INTEREST}jira`);
    expect(fragment.status).toBe(401);
    expect(fragment.headers['hx-redirect']).toMatch(/^\/login/);
    const back = await (await t.as('alice')).get(`${INTEREST}jira`);
    expect(back.headers.location).toBe('/integrations/#integration-jira');
    expect(await interests()).toEqual([]);
  });

  it('refuses a form without the token of its session', async () => {
    const { agent } = await t.as('alice');
    await agent.post(`${INTEREST}jira`).type('form').send({}).expect(403);
    expect(await interests()).toEqual([]);
  });

  it('answers whatever stands in the address with a sentence, and reflects nothing of it', async () => {
    const alice = await t.as('alice');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<img src=x>', '__proto__')),
        async (text) => {
          const address = INTEREST + encodeURIComponent(text);
          const response = await alice.htmxPost(address);
          expect(response.status).toBe(404);
          expect(response.text).not.toContain('<img src=x>');
        },
      ),
      { numRuns: 25 },
    );
    expect((await alice.htmxPost('/integrations/interest/')).status).toBe(404);
    expect((await alice.htmxPost('/integrations/interest/?integration[slug]=jira')).status).toBe(404);
    expect((await alice.htmxPost('/integrations/interest/?integration=slack&integration=jira')).status).toBe(200);
    expect(await interests()).toMatchObject([{ integration: 'jira' }]);
  });
});

describe('a form of a card that was sent after the session had ended', () => {
  it('leads to the sign-in, and from there to the card', async () => {
    const alice = await t.as('alice');
    for (const act of ['check', 'disconnect']) {
      const sent = await t.visitor().post(`/integrations/github/${act}/`);
      expect(sent.headers.location).toBe(`/login?next=${encodeURIComponent(`/integrations/github/${act}/`)}`);
      const back = await alice.get(`/integrations/github/${act}/`);
      expect([back.status, back.headers.location]).toEqual([303, '/integrations/#integration-github']);
      expect((await alice.get(`/integrations/trello/${act}/`)).status).toBe(404);
    }
  });
});

describe('GET /integrations/:slug/connect/', () => {
  const connect = async (who: PersonName, slug: string) => (await t.as(who)).get(`/integrations/${slug}/connect/`);

  it('names the missing variables to staff only', async () => {
    turnOn('jira');
    const staff = (await connect('sam', 'jira')).text;
    expect(staff).toContain('<code>JIRA_CLIENT_ID</code>');
    expect(staff).toContain('Missing');
    const other = (await connect('alice', 'jira')).text;
    expect(other).toContain('This integration isn&#39;t set up yet. Ask your administrator.');
    expect(other).not.toContain('JIRA_CLIENT');
  });

  it('leaves for GitHub once its credentials are set, and says of them nothing but the id', async () => {
    expect((await connect('sam', 'github')).text).toContain('Missing');
    const environment = { GITHUB_CLIENT_ID: 'id-canary', GITHUB_CLIENT_SECRET: 'secret-canary' };
    const configured = await testApp({ environment });
    const { status, headers, text } = await (await configured.as('sam')).get('/integrations/github/connect/');
    await configured.close();
    expect(status).toBe(303);
    expect(headers.location).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?.*client_id=id-canary/);
    expect(JSON.stringify(headers) + text).not.toContain('secret-canary');
  });

  it('leads back to the card while the integration is coming soon', async () => {
    const response = await connect('alice', 'slack');
    expect(response.status).toBe(303);
    expect(response.headers.location).toBe('/integrations/#integration-slack');
  });

  it('is not there for an unknown integration', async () => {
    expect((await connect('alice', 'trello')).status).toBe(404);
  });
});

describe('what people and the database can put into these pages', () => {
  it('is escaped everywhere: names, organizations, slugs that the catalogue does not know', async () => {
    const canary = '"><img src=x onerror=alert(1)>';
    await t.db('auth_user').where('id', t.ids.alice).update({ name: canary });
    await t.db('orgs_organization').where('slug', 'acme').update({ name: canary });
    await (await t.as('alice')).htmxPost(`${INTEREST}jira`);
    await t.db('integrations_interest').insert({
      user_id: t.ids.charlie,
      integration: '<img src=x onerror=alert(2)>',
      created_at: t.clock.now().toISOString(),
    });
    expect(await page()).not.toContain('<img');
    const { text } = await (await t.as('sam')).get('/admin/integrations/interest/').expect(200);
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img src=x onerror=alert(2)&gt;');
  });
});

describe('with PostHog configured', () => {
  let server: CaptureServer;
  let configured: TestApp;
  beforeEach(async () => {
    server = await new CaptureServer().start();
    configured = await testApp({ environment: { POSTHOG_API_KEY: 'phc_test', POSTHOG_HOST: server.url } });
  });
  afterEach(async () => {
    await configured?.close();
    await server?.stop();
  });

  it('the click arrives there', async () => {
    await (await configured.as('alice')).htmxPost(`${INTEREST}jira`);
    await until('the event', () => server.events.length === 1);
    expect(server.events[0]).toMatchObject({
      event: 'integration_interest_clicked',
      distinct_id: String(configured.ids.alice),
      properties: { integration: 'jira', team_slug: 'acme' },
    });
  });

  it.each(['never answer', 'drop the connection', { status: 500 }] as const)(
    'the page neither waits nor breaks when PostHog does this: %j',
    async (reaction) => {
      server.reaction = reaction;
      const alice = await configured.as('alice');
      await alice.htmxPost(`${INTEREST}jira`);
      await until('a request to PostHog', () => server.batches.length >= 1);
      const started = performance.now();
      const response = await alice.htmxPost(`${INTEREST}slack`);
      expect(response.text).toContain('Thanks!');
      expect((await alice.get('/integrations/')).status).toBe(200);
      expect(performance.now() - started).toBeLessThan(2_000);
      expect(await configured.db('analytics_event').whereNull('sent_at')).toHaveLength(2);
    },
  );
});
