import { setTimeout as sleep } from 'node:timers/promises';
import { leaveFor } from '../../test/support/connect';
import {
  type OAuthFault,
  type OAuthProvider,
  type OAuthSlug,
  startOAuthProvider,
} from '../../test/support/oauth-provider';
import type { PersonName } from '../../test/support/people';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { createLog } from '../log';
import { createConnections } from './connections';
import { ConnectionUnusable, ProviderAuthError } from './problems';
import { findProvider } from './providers';
import { findConnection, listConnections } from './queries-connections';

const SLUGS: readonly OAuthSlug[] = ['dropbox', 'basecamp', 'jira', 'slack', 'github'];
const BASE_URL = 'http://localhost:3000';

let t: TestApp;
let providers: Record<OAuthSlug, OAuthProvider>;
let dropbox: OAuthProvider;
const lines: string[] = [];
let changes: string[] = [];
let began: Date;

beforeAll(async () => {
  const started = await Promise.all(SLUGS.map((slug) => startOAuthProvider(slug, BASE_URL)));
  providers = Object.fromEntries(started.map((provider) => [provider.slug, provider])) as typeof providers;
  dropbox = providers.dropbox;
  const environment = Object.assign({ BASE_URL }, ...started.map((provider) => provider.environment));
  t = await testApp({ environment, log: createLog('trace', { write: (line) => void lines.push(line) }) });
  for (const slug of SLUGS.filter((each) => each !== 'github')) {
    t.services.flags.override('flag', `integration_${slug}_enabled`, true);
  }
  began = t.clock.now();
  t.services.connections.onConnectionChange((userId, slug) => void changes.push(`${userId} ${slug}`));
});
beforeEach(async () => {
  t.clock.set(began); // sessions end with the hours that tests let pass
  await t.db('integration_connections').delete();
  await t.db('integration_visits').delete();
  await t.db('integration_revocations').delete();
  await t.db('jobs_job').delete();
  for (const provider of Object.values(providers)) {
    Object.assign(provider, { fault: 'none', lifetime: 14_400 });
    Object.assign(provider.calls, { exchanges: 0, refreshes: 0, whoAmI: 0, revoked: [] });
  }
  changes = [];
  lines.length = 0;
});
afterAll(async () => {
  await t?.close();
  await Promise.all(Object.values(providers ?? {}).map((provider) => provider.close()));
});

const visit = async (visitor: Visitor, provider: OAuthProvider, query = '') =>
  visitor.get(await leaveFor(visitor, provider, query));
const connect = async (who: PersonName, provider: OAuthProvider) => {
  const answer = await visit(await t.as(who), provider);
  expect(answer.headers.location).toBe(`/integrations/#integration-${provider.slug}`);
};
const page = async (who: PersonName = 'alice') => (await (await t.as(who)).get('/integrations/')).text;
const connectionOf = (who: PersonName, slug: string) => findConnection(t.db, t.ids[who], slug);
const use = (who: PersonName, slug: string) => t.services.connections.use(t.ids[who], slug, async (token) => token);
const everything = async (): Promise<string> => {
  const tables = [
    'integration_connections',
    'integration_visits',
    'integration_revocations',
    'jobs_job',
    'audit_entry',
    'auth_session',
  ];
  return JSON.stringify(await Promise.all(tables.map((table) => t.db(table))));
};
const audited = async () =>
  (await t.db('audit_entry').where({ object_type: 'integrations.connection' }).orderBy('seq', 'desc').limit(1))[0];

describe.each(SLUGS)('%s', (slug) => {
  it('is connected, used, renewed, disconnected and revoked', async () => {
    const provider = providers[slug];
    const alice = await t.as('alice');
    await connect('alice', provider);
    const connection = await connectionOf('alice', slug);
    expect(connection).toMatchObject({ provider: slug, hasAccess: true, hasRefresh: true, authFailedAt: null });
    expect(connection?.externalName).toMatch(/ada/i);
    expect(connection?.expiresAt?.getTime()).toBe(t.clock.now().getTime() + 14_400_000);
    expect(Object.keys(connection ?? {}).join()).not.toMatch(/token/i);
    expect(await page()).toContain(`is connected as ${connection?.externalName}`);
    expect(await audited()).toMatchObject({ action: 'connect', actor_id: t.ids.alice });

    const first = await use('alice', slug);
    expect(first).toBe(provider.issued.filter((token) => token.includes('access')).at(-1));
    t.clock.advance(14_400_000 - 30_000);
    const second = await use('alice', slug);
    expect(second).not.toBe(first);
    expect(provider.calls).toMatchObject({ exchanges: 1, refreshes: 1 });
    t.clock.advance(14_400_000);
    await use('alice', slug);
    expect(provider.calls.refreshes).toBe(2);
    expect((await connectionOf('alice', slug))?.hasRefresh).toBe(true);

    const left = await alice.post(`/integrations/${slug}/disconnect/`);
    expect(left.headers.location).toBe(`/integrations/#integration-${slug}`);
    expect(await connectionOf('alice', slug)).toBeUndefined();
    const canRevoke = findProvider(slug)?.revocation.how !== 'none';
    expect(provider.calls.revoked).toHaveLength(canRevoke ? 1 : 0);
    expect(await t.db('integration_revocations')).toEqual([]);
    expect(await audited()).toMatchObject({ action: 'disconnect', actor_id: t.ids.alice });
    expect(changes).toEqual(Array(4).fill(`${t.ids.alice} ${slug}`));
    await expect(use('alice', slug)).rejects.toMatchObject({ kind: 'not_connected' });
    await alice.post(`/integrations/${slug}/disconnect/`);
    expect(await page()).toContain('was not connected. Nothing was changed.');
  });

  it('is asked in its own words, with a challenge and no more than is needed', async () => {
    await leaveFor(await t.as('alice'), providers[slug]);
    const asked = Object.fromEntries(providers[slug].asked);
    expect(asked).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' });
    expect(asked.state?.length).toBeGreaterThanOrEqual(43);
    expect(asked.code_challenge).toHaveLength(43);
    const { state: _s, code_challenge: _c, code_challenge_method: _m, response_type: _r, ...own } = asked;
    expect(own).toEqual({
      client_id: 'client-of-tests',
      redirect_uri: `${BASE_URL}/integrations/${slug}/callback/`,
      ...{
        dropbox: { scope: 'account_info.read files.metadata.read', token_access_type: 'offline' },
        basecamp: { type: 'web_server' },
        jira: { scope: 'read:jira-work read:me offline_access', audience: 'api.atlassian.com', prompt: 'consent' },
        slack: { user_scope: 'users:read' },
        github: {},
      }[slug],
    });
  });
});

describe('coming back from a provider', () => {
  const expectStale = async (visitor: Visitor, url: string) => {
    const { exchanges } = dropbox.calls;
    const answer = await visitor.get(url);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('This visit to Dropbox does not count');
    expect(answer.text).toContain('href="/integrations/#integration-dropbox"');
    expect(dropbox.calls.exchanges).toBe(exchanges);
    expect(await t.db('integration_connections').where({ provider: 'dropbox' })).toEqual([]);
  };

  it('counts for the state that was given, the provider, the person and the session alone, and for ten minutes', async () => {
    const alice = await t.as('alice');
    const back = await leaveFor(alice, dropbox);
    await expectStale(alice, '/integrations/dropbox/callback/');
    await expectStale(alice, back.replace(/state=[^&]+/, 'state='));
    await expectStale(alice, back.replace(/state=[^&]+/, 'state=guessed'));
    await expectStale(alice, back.replace(/[?&]state=[^&]+/, '?x=1'));
    await expectStale(await t.as('charlie'), back);
    await expectStale(t.visitor(), back);
    const elsewhere = t.visitor();
    await elsewhere.signIn('alice@example.com');
    await expectStale(elsewhere, back);
    const mixedUp = await alice.get(back.replace('dropbox', 'jira'));
    expect([mixedUp.status, providers.jira.calls.exchanges]).toEqual([400, 0]);
    t.clock.advance(10 * 60_000 + 1);
    await expectStale(alice, back);
  });

  it('counts once, also when it comes many times at the same moment', async () => {
    const alice = await t.as('alice');
    const back = await leaveFor(alice, dropbox);
    const answers = await Promise.all(Array.from({ length: 8 }, () => alice.get(back)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(7).fill(400)]);
    expect(dropbox.calls.exchanges).toBe(1);
    expect((await alice.get(back)).status).toBe(400);
  });

  it('leads to the page of ours that asked, and nowhere else', async () => {
    const alice = await t.as('alice');
    expect((await visit(alice, dropbox, '?next=/onboarding/')).headers.location).toBe('/onboarding/');
    const away = await visit(alice, dropbox, '?next=https://evil.example/');
    expect(away.headers.location).toBe('/integrations/#integration-dropbox');
  });

  it('keeps windows apart, and not more than ten', async () => {
    const alice = await t.as('alice');
    const first = await leaveFor(alice, dropbox);
    const second = await leaveFor(alice, dropbox);
    expect((await alice.get(first)).status).toBe(303);
    expect((await alice.get(second)).status).toBe(303);
    for (let count = 0; count < 12; count++) await alice.get('/integrations/dropbox/connect/').expect(303);
    expect(await t.db('integration_visits')).toHaveLength(10);
  });

  it('is forgotten when nobody comes back from it in time', async () => {
    const alice = await t.as('alice');
    await leaveFor(alice, dropbox);
    t.clock.advance(5 * 60_000);
    await leaveFor(alice, dropbox);
    expect(await t.services.connections.cleanUp()).toBe(0);
    t.clock.advance(5 * 60_000);
    expect(await t.services.connections.cleanUp()).toBe(1);
    expect(await t.db('integration_visits')).toHaveLength(1);
  });

  it.each<[OAuthFault, string]>([
    ['deny', 'You chose not to connect Dropbox.'],
    ['error', 'Dropbox could not let you through.'],
    ['no code', 'Dropbox sent an answer that cannot be read.'],
    ['token: refuses', 'Dropbox refused (invalid_grant).'],
    ['token: unknown client', 'An administrator has to look at it.'],
    ['token: 500', 'Dropbox did not answer as it should.'],
    ['token: html', 'Dropbox sent an answer that cannot be read.'],
    ['token: empty', 'Dropbox sent an answer that cannot be read.'],
    ['token: hangs up', 'Dropbox could not be reached (unreachable).'],
    ['token: endless', 'Dropbox could not be reached (too_large).'],
    ['token: elsewhere', 'Dropbox could not be reached (redirect).'],
    ['who: 401', 'Dropbox refused the access token.'],
    ['who: html', 'Dropbox sent an answer that cannot be read.'],
    ['who: nobody', 'Dropbox sent an answer that cannot be read.'],
    ['less scope', 'Dropbox did not grant what is needed: account_info.read, files.metadata.read.'],
    ['less scope', 'Nothing was changed. Connect again, and allow everything that Dropbox asks you for.'],
  ])('tells in words what went wrong (%s) and changes nothing', async (fault, words) => {
    const alice = await t.as('alice');
    await connect('alice', dropbox);
    const before = await t.db('integration_connections');
    await page();
    lines.length = 0;
    dropbox.fault = fault;
    const answer = await visit(alice, dropbox);
    expect(answer.headers.location).toBe('/integrations/#integration-dropbox');
    const html = await page();
    expect(html).toContain(words);
    expect(html).toContain('Nothing was changed.');
    expect(html).not.toContain('canary');
    const card = /<article[^>]*id="integration-dropbox"[\s\S]*?<\/article>/.exec(html)?.[0];
    if (fault !== 'deny') expect(card).toContain(words);
    expect(await t.db('integration_connections')).toEqual(before);
    const logged = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a provider was not connected');
    const id = answer.headers['x-request-id'];
    expect(logged).toEqual(fault === 'deny' ? [] : [expect.objectContaining({ provider: 'dropbox', requestId: id })]);
    expect(lines.join('')).not.toContain('canary');
    // What was granted and not kept was given back.
    if (/^(who: (html|nobody)|less)/.test(fault)) expect(dropbox.calls.revoked).toHaveLength(1);
  });

  it('tells when a provider does not answer in time', async () => {
    const { services } = t;
    const jobs = { ...services.jobs, register: () => undefined };
    const connections = createConnections({ ...services, jobs, timeoutMs: 300 });
    const provider = findProvider('dropbox');
    if (provider === undefined) throw new Error('no Dropbox');
    const visitor = { user: { id: t.ids.alice, email: 'alice@example.com' }, sessionId: 'session' };
    const url = await connections.begin(provider, visitor, '/');
    dropbox.fault = 'token: never answers';
    const answer = { state: url.searchParams.get('state') ?? '', code: 'code', error: '' };
    const actor = { type: 'user', id: t.ids.alice, label: '', address: '', userAgent: '', requestId: '' } as const;
    const result = await connections.finish(provider, visitor, answer, actor);
    expect(result).toMatchObject({ outcome: 'failed', problem: { message: 'Dropbox did not answer in time.' } });
  });

  it('is not there for what nobody can connect', async () => {
    const alice = await t.as('alice');
    for (const slug of ['copilot', 'google_workspace', 'trello', '__proto__']) {
      expect((await alice.get(`/integrations/${slug}/callback/?state=1&code=2`)).status).toBe(404);
      expect((await alice.post(`/integrations/${slug}/disconnect/`)).status).toBe(404);
    }
  });
});

describe('tokens', () => {
  it('are in no table in clear, no page, no log line and no export', async () => {
    for (const provider of Object.values(providers)) await connect('alice', provider);
    t.clock.advance(14_400_000);
    for (const slug of SLUGS) await use('alice', slug);
    const sam = await t.as('sam');
    const pages = [
      await page(),
      (await sam.get('/admin/integrations/connection/').expect(200)).text,
      (await sam.get('/admin/integrations/connection/export/?format=csv').expect(200)).text,
      (await sam.get('/admin/integrations/connection/export/?format=json').expect(200)).text,
      (await sam.get('/admin/audit/entry/?q=Connected').expect(200)).text,
    ];
    const kept = await everything();
    const issued = Object.values(providers).flatMap((provider) => provider.issued);
    expect(issued.length).toBeGreaterThan(15);
    for (const secret of [...issued, 'canary-client-secret-of-tests', 'canary-bot']) {
      expect(kept).not.toContain(secret);
      expect(pages.join('')).not.toContain(secret);
      expect(lines.join('')).not.toContain(secret);
    }
    expect(lines.join('')).not.toMatch(/[?&](code|state)=/);
    const [row] = await t.db('integration_connections').where({ provider: 'dropbox' });
    expect(row.access_token).toMatch(/^v1\.[0-9a-f]{8}\./);
    expect(row.refresh_token).toMatch(/^v1\.[0-9a-f]{8}\./);
  });

  it.each([
    [
      'moved to another person',
      async () => {
        await connect('charlie', dropbox);
        const [other] = await t.db('integration_connections').where({ user_id: t.ids.charlie });
        return { access_token: other.access_token };
      },
    ],
    [
      'moved to another column',
      async () => {
        const [own] = await t.db('integration_connections').where({ user_id: t.ids.alice });
        return { access_token: own.refresh_token };
      },
    ],
    [
      'changed by a bit',
      async () => {
        const [own] = await t.db('integration_connections').where({ user_id: t.ids.alice });
        const text = String(own.access_token);
        return { access_token: `${text.slice(0, -5)}${text.at(-5) === 'A' ? 'B' : 'A'}${text.slice(-4)}` };
      },
    ],
  ])('that were %s open no more, and the connection asks to be made again', async (_how, tamper) => {
    await connect('alice', dropbox);
    await t
      .db('integration_connections')
      .where({ user_id: t.ids.alice })
      .update(await tamper());
    await expect(use('alice', 'dropbox')).rejects.toMatchObject({ kind: 'not_authenticated' });
    const connection = await connectionOf('alice', 'dropbox');
    expect(connection).toMatchObject({ lastError: expect.stringContaining('cannot be read') });
    expect(connection?.authFailedAt).not.toBeNull();
  });
});

describe('using a connection', () => {
  it('renews it once for twenty at a time, in two processes', async () => {
    for (const provider of [dropbox, providers.jira]) {
      await connect('alice', provider);
      t.clock.advance(14_400_000);
      const { services } = t;
      const other = createConnections({ ...services, jobs: { ...services.jobs, register: () => undefined } });
      const tokens = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? services.connections : other).use(t.ids.alice, provider.slug, async (token) => {
            await sleep(1);
            return token;
          }),
        ),
      );
      expect(new Set(tokens).size).toBe(1);
      expect(provider.calls.refreshes).toBe(1);
    }
  });

  it('keeps the row and asks to connect again when the renewal is refused, and asks the provider no more', async () => {
    await connect('alice', dropbox);
    t.clock.advance(14_400_000);
    dropbox.fault = 'token: refuses';
    await expect(use('alice', 'dropbox')).rejects.toBeInstanceOf(ConnectionUnusable);
    const connection = await connectionOf('alice', 'dropbox');
    expect(connection).toMatchObject({
      externalName: 'Ada at Dropbox',
      hasRefresh: true,
      lastError: 'Dropbox refused (invalid_grant).',
      authFailedAt: t.clock.now(),
    });
    expect(changes.at(-1)).toBe(`${t.ids.alice} dropbox`);
    expect(await audited()).toMatchObject({ action: 'change', actor_type: 'system' });
    for (let count = 0; count < 5; count++) {
      await expect(use('alice', 'dropbox')).rejects.toMatchObject({ kind: 'not_authenticated' });
    }
    expect(dropbox.calls.refreshes).toBe(1);
    dropbox.fault = 'none';
    await connect('alice', dropbox);
    expect(await connectionOf('alice', 'dropbox')).toMatchObject({ authFailedAt: null, lastError: null });
    expect(await use('alice', 'dropbox')).toContain('canary-access');
  });

  it('goes on with what still counts while the provider is down, and is not marked for it', async () => {
    await connect('alice', dropbox);
    t.clock.advance(14_400_000 - 30_000);
    for (const fault of ['token: 500', 'token: unknown client'] as const) {
      dropbox.fault = fault;
      expect(await use('alice', 'dropbox')).toContain('canary-access');
    }
    t.clock.advance(60_000);
    await expect(use('alice', 'dropbox')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await connectionOf('alice', 'dropbox')).toMatchObject({ authFailedAt: null, hasRefresh: true });
    dropbox.fault = 'none';
    await use('alice', 'dropbox');
    expect(await connectionOf('alice', 'dropbox')).toMatchObject({ lastError: null });
  });

  it('is marked by work that the provider refuses, unless it was made again meanwhile', async () => {
    const refused = async () => {
      throw new ProviderAuthError();
    };
    await connect('alice', dropbox);
    const again = async () => {
      await connect('alice', dropbox);
      throw new ProviderAuthError();
    };
    await expect(t.services.connections.use(t.ids.alice, 'dropbox', again)).rejects.toBeInstanceOf(ProviderAuthError);
    expect((await connectionOf('alice', 'dropbox'))?.authFailedAt).toBeNull();
    await expect(t.services.connections.use(t.ids.alice, 'dropbox', refused)).rejects.toBeInstanceOf(ProviderAuthError);
    expect((await connectionOf('alice', 'dropbox'))?.authFailedAt).toEqual(t.clock.now());
  });

  it('is asked about on demand: a refusal marks it, a provider that is down does not', async () => {
    await connect('alice', dropbox);
    const probe = () => t.services.connections.probe(t.ids.alice, 'dropbox', 1_000);
    await probe();
    for (const fault of ['who: html', 'who: nobody'] as const) {
      dropbox.fault = fault;
      await expect(probe()).rejects.toMatchObject({ kind: 'malformed' });
    }
    expect((await connectionOf('alice', 'dropbox'))?.authFailedAt).toBeNull();
    dropbox.fault = 'who: 401';
    await probe();
    expect(await connectionOf('alice', 'dropbox')).toMatchObject({
      authFailedAt: t.clock.now(),
      lastError: 'Dropbox refused the access token.',
    });
    const asked = dropbox.calls.whoAmI;
    await probe();
    expect(dropbox.calls.whoAmI).toBe(asked);
  });

  it('counts for what it is given though it ends within the minute, and not for what has run out when it comes', async () => {
    await connect('alice', dropbox);
    t.clock.advance(14_400_000);
    dropbox.lifetime = 30;
    expect(await use('alice', 'dropbox')).toContain('canary-access');
    dropbox.lifetime = 0;
    t.clock.advance(31_000);
    await expect(use('alice', 'dropbox')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(dropbox.calls.refreshes).toBe(2);
  });

  it('is over with the access when there is nothing to renew it with', async () => {
    dropbox.fault = 'no refresh';
    await connect('alice', dropbox);
    expect(await use('alice', 'dropbox')).toContain('canary-access');
    t.clock.advance(14_400_000);
    await expect(use('alice', 'dropbox')).rejects.toMatchObject({ kind: 'not_authenticated' });
  });

  it('takes over from a process that died while it renewed', async () => {
    await connect('alice', dropbox);
    t.clock.advance(14_400_000);
    const until = new Date(t.clock.now().getTime() + 50).toISOString();
    await t.db('integration_connections').update({ claimed_by: 'dead', claimed_until: until });
    const used = use('alice', 'dropbox');
    await sleep(100);
    expect(dropbox.calls.refreshes).toBe(0);
    t.clock.advance(100);
    expect(await used).toContain('canary-access');
    expect(dropbox.calls.refreshes).toBe(1);
  });
});

describe('ending a connection', () => {
  it('does not wait for a provider that is down: the tokens are revoked later, and erased', async () => {
    await connect('alice', dropbox);
    dropbox.fault = 'revoke: 500';
    await (await t.as('alice')).post('/integrations/dropbox/disconnect/');
    expect(await connectionOf('alice', 'dropbox')).toBeUndefined();
    expect(await t.db('integration_revocations')).toHaveLength(1);
    for (const secret of dropbox.issued) expect(await everything()).not.toContain(secret);
    dropbox.fault = 'none';
    t.clock.advance(60_000);
    t.services.jobs.wake();
    await t.services.jobs.idle();
    expect(dropbox.calls.revoked).toHaveLength(1);
    expect(await t.db('integration_revocations')).toEqual([]);
  });

  it('revokes what has run out with a new token', async () => {
    await connect('alice', dropbox);
    const [expired] = dropbox.issued.filter((token) => token.includes('access')).slice(-1);
    await fetch(`${dropbox.url}/2/auth/token/revoke`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${expired}` },
    });
    await (await t.as('alice')).post('/integrations/dropbox/disconnect/');
    expect(dropbox.calls).toMatchObject({ refreshes: 1, revoked: [expired, expect.stringContaining('canary-access')] });
  });

  it('comes with the end of an account', async () => {
    const sam = await t.as('sam');
    await t.db('auth_user').where({ id: t.ids.charlie }).update({ is_active: true });
    await connect('charlie', dropbox);
    const answer = await sam.post(`/admin/auth/user/${t.ids.charlie}/delete/`);
    expect(answer.status).toBe(303);
    expect(await t.db('auth_user').where({ id: t.ids.charlie })).toEqual([]);
    expect(await listConnections(t.db, t.ids.charlie)).toEqual([]);
    await t.services.jobs.idle();
    expect(dropbox.calls.revoked).toHaveLength(1);
    expect(await t.db('integration_revocations')).toEqual([]);
  });
});

describe('connections in the admin', () => {
  const LIST = '/admin/integrations/connection/';

  it('are facts to be looked at and filtered, without tokens', async () => {
    await connect('alice', dropbox);
    await connect('alice', providers.jira);
    await t
      .db('integration_connections')
      .where({ provider: 'jira' })
      .update({ auth_failed_at: t.clock.now().toISOString() });
    const sam = await t.as('sam');
    const rows = async (query: string) => {
      const { text } = await sam.get(LIST + query).expect(200);
      return [...text.matchAll(/id="select-(\d+)"/g)].length;
    };
    expect(await rows('')).toBe(2);
    expect(await rows('?provider__exact=jira')).toBe(1);
    expect(await rows('?state=connected')).toBe(1);
    expect(await rows('?state=attention')).toBe(1);
    expect(await rows('?state=disconnected')).toBe(0);
    const { text: list } = await sam.get(LIST).expect(200);
    for (const state of ['Connected', 'Needs attention']) expect(list).toMatch(new RegExp(`>\\s*${state}\\s*</td>`));
    const [{ id }] = await t.db('integration_connections').where({ provider: 'dropbox' });
    const { text } = await sam.get(`${LIST}${id}/change/`).expect(200);
    expect(text).toContain('Ada at Dropbox');
    expect(text).toContain('account_info.read, files.metadata.read');
    expect(text).not.toMatch(/v1\.[0-9a-f]{8}\./);
    expect((await (await t.as('bob')).get(LIST)).status).toBe(404);
  });

  it('are marked as disconnected: tokens go and are revoked, the row stays and asks to be connected again', async () => {
    await connect('alice', dropbox);
    const [{ id }] = await t.db('integration_connections');
    const sam = await t.as('sam');
    changes = [];
    const fields = { _action: 'mark_disconnected', _ids: String(id) };
    await sam.post(`${LIST}action/`, fields);
    expect((await sam.get(LIST)).text).toContain('Marked 1 connection as disconnected.');
    expect(await connectionOf('alice', 'dropbox')).toMatchObject({
      hasAccess: false,
      hasRefresh: false,
      lastError: 'Marked as disconnected by staff.',
    });
    expect(changes).toEqual([`${t.ids.alice} dropbox`]);
    expect(await audited()).toMatchObject({ action: 'disconnect', actor_id: t.ids.sam, object_id: String(id) });
    expect((await sam.get(`${LIST}?state=disconnected`)).text).toContain(`id="select-${id}"`);
    await sam.post(`${LIST}action/`, fields);
    expect((await sam.get(LIST)).text).toContain('Nothing to mark');
    await t.services.jobs.idle();
    expect(dropbox.calls.revoked).toHaveLength(1);
    await connect('alice', dropbox);
    expect((await sam.get(`${LIST}?state=connected`)).text).toContain(`id="select-${id}"`);
  });
});
