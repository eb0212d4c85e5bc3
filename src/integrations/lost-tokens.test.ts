import { connectAt } from '../../test/support/connect';
import { type OAuthProvider, startOAuthProvider } from '../../test/support/oauth-provider';
import { PASSWORD, people } from '../../test/support/people';
import { Visitor as Browser, type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { localActor } from '../lib/viewer';
import { createLog } from '../log';
import { createConnections } from './connections';
import { findProvider } from './providers';
import { findConnection } from './queries-connections';

const BASE_URL = 'http://localhost:3000';
const HOURS = 3_600_000;

let t: TestApp;
let dropbox: OAuthProvider;
let jira: OAuthProvider;
let alice: Visitor;
let began: Date;
const lines: string[] = [];

beforeAll(async () => {
  [dropbox, jira] = await Promise.all([startOAuthProvider('dropbox', BASE_URL), startOAuthProvider('jira', BASE_URL)]);
  t = await testApp({
    environment: { BASE_URL, ...dropbox.environment, ...jira.environment },
    log: createLog('trace', { write: (line) => void lines.push(line) }),
  });
  for (const slug of ['dropbox', 'jira']) t.services.flags.override('flag', `integration_${slug}_enabled`, true);
  began = t.clock.now();
});
beforeEach(async () => {
  t.clock.set(began);
  for (const table of ['integration_connections', 'integration_revocations', 'jobs_job']) await t.db(table).delete();
  for (const provider of [dropbox, jira]) {
    Object.assign(provider, { fault: 'none', lifetime: 14_400, onCall: async () => {} });
    Object.assign(provider.calls, { refreshes: 0, whoAmI: 0, revoked: [] });
    provider.issued.length = 0;
  }
  Object.assign(dropbox, { person: { account_id: 'dbid:1', name: { display_name: 'Ada at Dropbox' } } });
  lines.length = 0;
  alice = await t.as('alice');
});
afterAll(async () => {
  await t?.close();
  await Promise.all([dropbox?.close(), jira?.close()]);
});

const connectionOf = (slug: string) => findConnection(t.db, t.ids.alice, slug);
const use = (slug: string) => t.services.connections.use(t.ids.alice, slug, async (token) => token);
const accessTokens = () => dropbox.issued.filter((token) => token.includes('access'));
const settle = async () => {
  t.services.jobs.wake();
  await t.services.jobs.idle();
};
const revision = async (): Promise<number> =>
  (await t.db('snapshots_revision').where({ scope: 'integrations' }).first('revision'))?.revision ?? 0;

describe('what a provider gave and nobody keeps is revoked', () => {
  it('when another account takes the place of the first', async () => {
    await connectAt(alice, dropbox);
    dropbox.person = { account_id: 'dbid:2', name: { display_name: 'Grace at Dropbox' } };
    await connectAt(alice, dropbox);
    await settle();
    expect(dropbox.calls.revoked).toEqual([accessTokens()[0]]);
    expect(await connectionOf('dropbox')).toMatchObject({ externalName: 'Grace at Dropbox' });
    // The same account once more: what is revoked of it might take the new tokens along.
    await connectAt(alice, dropbox);
    await settle();
    expect(dropbox.calls.revoked).toHaveLength(1);
  });

  it('when the connection ends while it is renewed', async () => {
    await connectAt(alice, dropbox);
    t.clock.advance(4 * HOURS);
    dropbox.onCall = async (route) => {
      if (route === 'POST /oauth2/token') await t.db('integration_connections').delete();
    };
    await expect(use('dropbox')).rejects.toMatchObject({ kind: 'not_connected' });
    await settle();
    expect(dropbox.calls.revoked).toEqual([accessTokens()[1]]);
  });

  it('when the account here is deleted meanwhile', async () => {
    const { id: _id, ...row } = await t.db('auth_user').where({ email: people.alice.email }).first();
    const email = 'leaver@example.com';
    await t.db('auth_user').insert({ ...row, email });
    const leaver = new Browser(t.app);
    await leaver.signIn(email, PASSWORD);
    dropbox.onCall = async (route) => {
      if (route === 'POST /2/users/get_current_account') await t.db('auth_user').where({ email }).delete();
    };
    await connectAt(leaver, dropbox);
    await settle();
    expect(dropbox.calls.revoked).toEqual(accessTokens());
    expect(await t.db('integration_connections')).toEqual([]);
  });

  it('for a day while the provider is down, and is erased in the end', async () => {
    await connectAt(alice, dropbox);
    dropbox.fault = 'revoke: 500';
    await alice.post('/integrations/dropbox/disconnect/');
    for (let hour = 0; hour < 12; hour++) {
      t.clock.advance(HOURS);
      await settle();
    }
    expect(await t.db('integration_revocations')).toHaveLength(1);
    dropbox.fault = 'none';
    t.clock.advance(HOURS);
    await settle();
    expect(dropbox.calls.revoked).toEqual(accessTokens());
    expect(await t.db('integration_revocations')).toEqual([]);

    await t.db('integration_revocations').insert({
      reference: 'forgotten',
      provider: 'dropbox',
      access_token: 'sealed',
      created_at: began.toISOString(),
    });
    await t.services.connections.cleanUp();
    expect(await t.db('integration_revocations')).toHaveLength(1);
    t.clock.advance(7 * 24 * HOURS);
    await t.services.connections.cleanUp();
    expect(await t.db('integration_revocations')).toEqual([]);
  });

  it('and whoever disconnects neither waits for it nor sees the connection any longer', async () => {
    await connectAt(alice, dropbox);
    const { services } = t;
    const patient = { ...services, jobs: { ...services.jobs, register: () => undefined }, patienceMs: 20 };
    const connections = createConnections(patient);
    const told: number[] = [];
    connections.onConnectionChange((userId) => void told.push(userId, dropbox.calls.revoked.length));
    dropbox.fault = 'revoke: never answers';
    const provider = findProvider('dropbox');
    if (provider === undefined) throw new Error('there is no Dropbox');
    const user = { id: t.ids.alice, email: people.alice.email };
    expect(await connections.disconnect(provider, user, localActor('system', 'test'))).toBe(true);
    expect(told).toEqual([t.ids.alice, 0]);
    expect(await connectionOf('dropbox')).toBeUndefined();
    expect(await t.db('integration_revocations')).toHaveLength(1);
  });
});

describe('an answer that means something else', () => {
  it('is no check when the access cannot be renewed: the card says so, and the log', async () => {
    await connectAt(alice, dropbox);
    t.clock.advance(4 * HOURS);
    for (const fault of ['token: 500', 'token: html', 'token: unknown client'] as const) {
      dropbox.fault = fault;
      lines.length = 0;
      const card = await alice.htmxPost('/integrations/dropbox/check/');
      expect(card.text).toContain('Dropbox gave no answer that can be used.');
      expect(card.text).not.toContain('Dropbox is connected.');
      expect(lines.join('')).toContain('a provider could not be checked');
    }
    expect(dropbox.calls.whoAmI).toBe(1);
    expect(await connectionOf('dropbox')).toMatchObject({ authFailedAt: null });
  });

  it('is no refusal when it is a 403: too many requests, or not allowed', async () => {
    await connectAt(alice, dropbox);
    dropbox.fault = 'who: 403';
    const probe = t.services.connections.probe(t.ids.alice, 'dropbox', 1_000);
    await expect(probe).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await connectionOf('dropbox')).toMatchObject({ authFailedAt: null });
  });

  it('is a refusal when Jira calls a refresh token that is over an unauthorized client', async () => {
    for (const [provider, kind] of [
      [dropbox, 'unavailable'],
      [jira, 'not_authenticated'],
    ] as const) {
      await connectAt(alice, provider);
      t.clock.advance(4 * HOURS);
      provider.fault = 'token: unauthorized client';
      await expect(use(provider.slug)).rejects.toMatchObject({ kind });
      t.clock.set(began);
    }
  });

  it('is an access without an end when it lasts for longer than anybody lives', async () => {
    dropbox.fault = 'token: without end';
    expect(await connectAt(alice, dropbox)).toBe('/integrations/#integration-dropbox');
    expect(await connectionOf('dropbox')).toMatchObject({ expiresAt: null, hasAccess: true });
  });

  it('is unreadable when a token would be two headers', async () => {
    dropbox.fault = 'token: two lines';
    await connectAt(alice, dropbox);
    const { text } = await alice.get('/integrations/');
    expect(text).toContain('Dropbox sent an answer that cannot be read.');
    expect(text + lines.join('')).not.toContain('canary');
    expect(await connectionOf('dropbox')).toBeUndefined();
  });

  it('names nobody when nothing of the name can be seen, and no name runs backwards', async () => {
    dropbox.person = { account_id: '\u202e\u200b', name: { display_name: 'Ada' } };
    await connectAt(alice, dropbox);
    expect(await connectionOf('dropbox')).toBeUndefined();
    dropbox.person = { account_id: 'dbid:3', name: { display_name: 'Ada\u202elave' } };
    await connectAt(alice, dropbox);
    expect(await connectionOf('dropbox')).toMatchObject({ externalId: 'dbid:3', externalName: 'Ada lave' });
  });
});

describe('all processes are told', () => {
  it('of each connection that is made, refused or ended, and of no renewal', async () => {
    const told: string[] = [];
    let before = await revision();
    const note = async (what: string) => {
      const now = await revision();
      if (now > before) told.push(what);
      before = now;
    };
    dropbox.lifetime = 3_600;
    await connectAt(alice, dropbox);
    await note('made');
    t.clock.advance(HOURS);
    await use('dropbox');
    await note('renewed');
    dropbox.forget();
    t.clock.advance(HOURS);
    await expect(use('dropbox')).rejects.toMatchObject({ kind: 'not_authenticated' });
    await note('refused');
    await connectAt(alice, dropbox);
    await note('made again');
    await alice.post('/integrations/dropbox/disconnect/');
    await note('ended');
    expect(told).toEqual(['made', 'refused', 'made again', 'ended']);
  });
});
