import { type OAuthProvider, startOAuthProvider } from '../../test/support/oauth-provider';
import type { PersonName } from '../../test/support/people';
import { type TestApp, testApp } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { inTransaction } from '../db';
import { bumpRevision } from '../snapshots';

let t: TestApp;
let dropbox: OAuthProvider;
const restore: (() => void)[] = [];

const BASE_URL = 'http://localhost:3000';
const RECONNECT =
  /<a [^>]*href="\/integrations\/dropbox\/connect\/(?:\?next=%2F[\w%.-]+)?"[^>]*>Reconnect Dropbox<\/a>/;

beforeAll(async () => {
  dropbox = await startOAuthProvider('dropbox', BASE_URL);
  const github = { GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret' };
  const slack = { SLACK_CLIENT_ID: 'id', SLACK_CLIENT_SECRET: 'secret' };
  t = await testApp({ environment: { BASE_URL, ...github, ...slack, ...dropbox.environment } });
});
beforeEach(async () => {
  await t.db('integration_connections').delete();
  await t.services.integrationStatuses.forgetAll();
  turnOn('dropbox');
});
afterEach(() => {
  for (const undo of restore.splice(0)) undo();
});
afterAll(async () => {
  await t?.close();
  await dropbox?.close();
});

const turnOn = (...slugs: string[]) => {
  for (const slug of slugs) restore.push(t.services.flags.override('flag', `integration_${slug}_enabled`, true));
};

/** A row as connecting leaves it; tokens are never opened here. */
async function connect(person: PersonName, provider: string, of: Record<string, unknown> = {}): Promise<void> {
  const now = t.clock.now().toISOString();
  await t.db('integration_connections').insert({
    user_id: t.ids[person],
    provider,
    external_id: '7',
    external_name: `${person} <at> ${provider}`,
    scopes: '[]',
    access_token: 'v1.sealed.access',
    refresh_token: 'v1.sealed.refresh',
    expires_at: null,
    auth_failed_at: null,
    last_error: null,
    created_at: now,
    modified_at: now,
    ...of,
  });
  await t.services.integrationStatuses.forget(t.ids[person], provider);
}
const broken = () => ({ auth_failed_at: t.clock.now().toISOString() });

const read = async (who: PersonName, url = '/account/') => (await (await t.as(who)).get(url).expect(200)).text;
const bannerOf = (html: string) => /<section class="ff-cta" id="ff-cta"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '';
const cardOf = (html: string, slug: string) =>
  new RegExp(`<article [^>]*id="integration-${slug}"[\\s\\S]*?</article>`).exec(html)?.[0] ?? '';
const looks = (work: () => Promise<unknown>) => t.countQueries(work, /integration_connections/);

describe('the line under the top bar', () => {
  it('interrupts nobody who has connected nothing, whatever is enabled', async () => {
    turnOn('jira', 'slack', 'basecamp');
    for (const who of ['alice', 'sam'] as const) expect(await read(who)).not.toContain('ff-cta');
  });

  it('says on the next page that a connection no longer works, to whom it belongs', async () => {
    await connect('alice', 'dropbox');
    expect(await read('alice')).not.toContain('ff-cta');
    await t.db('integration_connections').update(broken());
    await t.services.integrationStatuses.forget(t.ids.alice, 'dropbox');
    for (const url of ['/account/', '/integrations/', '/help/']) {
      const html = await read('alice', url);
      expect(html.match(/id="ff-cta"/g)).toHaveLength(1);
      expect(bannerOf(html)).toMatch(RECONNECT);
      // Connecting comes back to the page; on that of the integrations, to the card.
      const back = url === '/integrations/' ? '' : `?next=${encodeURIComponent(url)}`;
      expect(bannerOf(html)).toContain(`href="/integrations/dropbox/connect/${back}"`);
      expect(html.indexOf('id="ff-cta"')).toBeGreaterThan(html.indexOf('</header>'));
      expect(html.indexOf('id="ff-cta"')).toBeLessThan(html.indexOf('<main'));
    }
    const nowhere = await (await t.as('alice')).get('/no-such-page/').expect(404);
    expect(bannerOf(nowhere.text)).toContain('href="/integrations/dropbox/connect/"');
    expect(await read('charlie')).not.toContain('ff-cta');
    expect((await t.visitor().get('/help/')).text).not.toContain('ff-cta');
  });

  it('has a row for each provider, and none for one whose flag is off', async () => {
    await connect('alice', 'dropbox', { refresh_token: null });
    await connect('alice', 'slack', broken());
    expect(bannerOf(await read('alice')).match(/<li /g)).toHaveLength(1);
    expect(bannerOf(await read('alice'))).toContain(
      'Action required: Dropbox refresh token is missing. Reconnect to grant offline access.',
    );
    turnOn('slack');
    expect(bannerOf(await read('alice')).match(/<li /g)).toHaveLength(2);
  });

  it('costs no statement once it is known, and nothing at all on pages without it', async () => {
    turnOn('jira', 'slack', 'basecamp');
    await read('alice');
    await t.services.integrationStatuses.forgetAll();
    expect(await looks(() => read('alice'))).toBe(1);
    expect(await looks(() => read('alice'))).toBe(0);
    await t.services.integrationStatuses.forgetAll();
    expect(await looks(() => read('sam', '/admin/'))).toBe(0);
    expect(await looks(async () => (await t.as('alice')).get('/api/v1/producers/me/'))).toBe(0);
  });

  it('is left out, and the page shown, while statuses cannot be found out', async () => {
    await connect('alice', 'dropbox', broken());
    await t.db.schema.renameTable('integration_connections', 'integration_connections_away');
    try {
      expect(await read('alice')).not.toContain('ff-cta');
    } finally {
      await t.db.schema.renameTable('integration_connections_away', 'integration_connections');
    }
    expect(await read('alice')).toContain('ff-cta');
  });

  it('follows what another process changed', async () => {
    await connect('alice', 'dropbox');
    expect(await read('alice')).not.toContain('ff-cta');
    await t.db('integration_connections').update(broken());
    await inTransaction(t.db, (trx) => bumpRevision(trx, 'integrations'));
    await until('the line', async () => (await read('alice')).includes('ff-cta'));
  });
});

describe('what only staff may read', () => {
  it('reaches nobody else, in whatever order or at once they ask', async () => {
    turnOn('jira');
    for (const who of ['alice', 'sam'] as const) await connect(who, 'jira');
    const check = async (who: 'alice' | 'sam') => {
      for (const html of [bannerOf(await read(who)), cardOf(await read(who, '/integrations/'), 'jira')]) {
        expect(html.includes('JIRA_CLIENT_ID')).toBe(who === 'sam');
      }
    };
    for (const order of [
      ['alice', 'sam', 'alice'],
      ['sam', 'alice', 'sam'],
    ] as const) {
      await t.services.integrationStatuses.forgetAll();
      for (const who of order) await check(who);
    }
    await t.services.integrationStatuses.forgetAll();
    await Promise.all([check('alice'), check('sam'), check('alice'), check('sam')]);
    expect(bannerOf(await read('alice'))).toContain('Jira can&#39;t be used right now. Ask your administrator.');
    expect(bannerOf(await read('sam'))).toContain('href="/help/integrations-set-up/"');
  });
});

describe('the cards', () => {
  it('say how each connection stands, since when that is known, and offer what there is to do', async () => {
    turnOn('jira');
    await connect('alice', 'dropbox');
    await connect('alice', 'github', broken());
    const html = await read('alice', '/integrations/');
    const dropbox = cardOf(html, 'dropbox');
    expect(dropbox).toContain('Connected as <strong>alice &lt;at&gt; dropbox</strong>');
    expect(dropbox).toMatch(/Checked <time datetime="[^"]+" title="[^"]+">just now<\/time>/);
    expect(dropbox).toContain('action="/integrations/dropbox/disconnect/"');
    expect(dropbox).not.toContain('/connect/"');
    const github = cardOf(html, 'github');
    expect(github).toContain('Needs attention');
    expect(github).toMatch(/href="\/integrations\/github\/connect\/" aria-label="Reconnect GitHub"/);
    const jira = cardOf(html, 'jira');
    expect(jira).toContain('Not connected');
    expect(jira).toMatch(/href="\/integrations\/jira\/connect\/" aria-label="Connect Jira"/);
    expect(jira).not.toContain('disconnect');
    expect(dropbox).toContain('Check again');
    expect(github).toContain('Check again');
    expect(jira).not.toContain('Check again'); // there is nothing to ask for
    const order = [...html.matchAll(/<article [^>]*id="integration-([a-z_]+)"/g)].map(([, slug]) => slug);
    expect(new Set(order.slice(0, 2))).toEqual(new Set(['dropbox', 'github']));
  });

  it('keep a way out of a connection whose flag is off, and ask for nothing', async () => {
    await connect('alice', 'slack', broken());
    const html = await read('alice', '/integrations/');
    const slack = cardOf(html, 'slack');
    expect(slack).toContain('Connected as <strong>alice &lt;at&gt; slack</strong>');
    expect(slack).toContain('Slack is switched off here at the moment.');
    expect(slack).toContain('action="/integrations/slack/disconnect/"');
    for (const other of ['/connect/', '/check/', '/interest/', 'Coming Soon']) expect(slack).not.toContain(other);
    expect(html).not.toContain('ff-cta');
    const [first] = [...html.matchAll(/<article [^>]*id="integration-([a-z_]+)"/g)].map(([, slug]) => slug);
    expect(first).toBe('slack');
    const late = await (await t.as('alice')).htmxPost('/integrations/slack/check/'); // from a page that was open before
    expect(late.text).toMatch(/<article [^>]*id="integration-slack"[\s\S]*<button [^>]*autofocus>[\s\S]*Disconnect/);
    await (await t.as('alice')).post('/integrations/slack/disconnect/');
    expect(cardOf(await read('alice', '/integrations/'), 'slack')).toContain('Coming Soon');
  });

  it('change with the connection, though the same page was asked for a moment ago', async () => {
    const states = [];
    for (let times = 0; times < 3; times++) await read('alice', '/integrations/');
    await connect('alice', 'dropbox');
    for (let times = 0; times < 3; times++) states.push(cardOf(await read('alice', '/integrations/'), 'dropbox'));
    for (const state of states) expect(state).toContain('Connected as');
  });
});

describe('the admin', () => {
  it('says of each connection what its card says, in the column and by the filter', async () => {
    turnOn('slack');
    const expired = () => ({ expires_at: new Date(t.clock.now().getTime() - 60_000).toISOString() });
    const running = () => ({ expires_at: new Date(t.clock.now().getTime() + 60_000).toISOString() });
    const cases: Record<string, unknown>[] = [
      {},
      broken(),
      expired(),
      { refresh_token: null },
      { refresh_token: null, ...running() },
      { refresh_token: null, ...expired() },
      { access_token: null },
      { access_token: null, refresh_token: null },
    ];
    const sam = await t.as('sam');
    for (const of of cases) {
      for (const provider of ['dropbox', 'slack']) await connect('alice', provider, of);
      const page = await read('alice', '/integrations/');
      const { text: list } = await sam.get('/admin/integrations/connection/?o=2').expect(200);
      const column = [...list.matchAll(/>\s*(Connected|Needs attention|Disconnected)\s*<\/td>/g)].map(
        ([, each]) => each,
      );
      const { text: found } = await sam.get('/admin/integrations/connection/?state=attention').expect(200);
      const attention = ['dropbox', 'slack'].filter((slug) => cardOf(page, slug).includes('Needs attention'));
      expect(column).toEqual(
        ['dropbox', 'slack'].map((slug) => (attention.includes(slug) ? 'Needs attention' : 'Connected')),
      );
      expect([...found.matchAll(/id="select-\d+"/g)]).toHaveLength(attention.length);
      await t.db('integration_connections').delete();
    }
  });
});

describe('Check again', () => {
  const check = '/integrations/dropbox/check/';

  it('looks anew and answers with the card, its button focused, the line under the top bar, and a sentence', async () => {
    await connect('alice', 'dropbox');
    await read('alice', '/integrations/');
    t.clock.advance(60_000);
    await t.db('integration_connections').update(broken());
    const response = await (await t.as('alice')).htmxPost(check);
    expect(response.status).toBe(200);
    expect(cardOf(response.text, 'dropbox')).toMatch(/<button [^>]*id="check-dropbox" autofocus>/);
    expect(cardOf(response.text, 'dropbox')).toContain('just now');
    expect(response.text).toMatch(/<hx-partial hx-target="#ff-cta" hx-swap="delete">/);
    expect(response.text).toMatch(
      /<hx-partial hx-target="#main" hx-swap="beforebegin"><section class="ff-cta" id="ff-cta"/,
    );
    expect(response.text).toContain('Dropbox has to be connected again');
  });

  it('without JavaScript leads back to the card', async () => {
    const response = await (await t.as('alice')).post(check);
    expect(response.status).toBe(303);
    expect(response.headers.location).toBe('/integrations/#integration-dropbox');
    expect(await read('alice', '/integrations/')).toContain('Dropbox isn&#39;t connected.');
  });

  it('is not there for an unknown provider, and leads to the card of one that cannot be checked', async () => {
    const alice = await t.as('alice');
    for (const slug of ['trello', '__proto__'])
      expect((await alice.post(`/integrations/${slug}/check/`)).status).toBe(404);
    for (const slug of ['jira', 'copilot', 'google_workspace']) {
      const response = await alice.post(`/integrations/${slug}/check/`);
      expect([response.status, response.headers.location]).toEqual([303, `/integrations/#integration-${slug}`]);
    }
  });
});

describe('a connection from end to end', () => {
  /** Through the provider and back, as a browser goes. */
  async function connectForReal(who: PersonName = 'alice'): Promise<void> {
    const visitor = await t.as(who);
    const left = await visitor.get('/integrations/dropbox/connect/').expect(303);
    const answer = await fetch(String(left.headers.location), { redirect: 'manual' });
    const back = new URL(String(answer.headers.get('location')));
    await visitor.get(back.pathname + back.search).expect(303);
  }
  const dropboxCard = async () => cardOf(await read('alice', '/integrations/'), 'dropbox');
  const check = async () => (await t.as('alice')).htmxPost('/integrations/dropbox/check/');

  it('is told on the next page: connected, refused, connected again, disconnected', async () => {
    expect(await dropboxCard()).toContain('Not connected');
    await connectForReal();
    expect(await dropboxCard()).toContain('Connected as <strong>Ada at Dropbox</strong>');
    const twice = await (await t.as('alice')).get('/integrations/dropbox/callback/?state=used&code=used').expect(400);
    expect(twice.text).toContain('Dropbox is connected');
    expect(twice.text).toContain('There is nothing more to do.');
    const asked = dropbox.calls.whoAmI;
    expect((await check()).text).toContain('Dropbox is connected.');
    expect(dropbox.calls.whoAmI).toBe(asked + 1);

    dropbox.forget();
    expect(await read('alice')).not.toContain('ff-cta');
    expect((await check()).text).toContain('Needs attention');
    const stale = await (await t.as('alice')).get('/integrations/dropbox/callback/?state=used&code=used').expect(400);
    expect(stale.text).toContain('This visit to Dropbox does not count');
    expect(bannerOf(await read('alice'))).toMatch(RECONNECT);
    expect(await dropboxCard()).toContain('Needs attention');
    const refused = dropbox.calls.whoAmI;
    await check();
    expect(dropbox.calls.whoAmI).toBe(refused); // what was refused is not tried again

    await connectForReal();
    expect(await read('alice')).not.toContain('ff-cta');
    expect(await dropboxCard()).toContain('Connected as');
    await (await t.as('alice')).post('/integrations/dropbox/disconnect/');
    expect(await dropboxCard()).toContain('Not connected');
    expect(await read('alice')).not.toContain('ff-cta');
  });

  it('stays as it is while the provider answers garbage', async () => {
    await connectForReal();
    dropbox.fault = 'who: html';
    const response = await check();
    await connectForReal('sam'); // for the first time, and in vain
    dropbox.fault = 'none';
    const inVain = cardOf(await read('sam', '/integrations/'), 'dropbox');
    expect(inVain).toContain('Dropbox was not connected. Dropbox sent an answer that cannot be read.');
    expect(inVain).toContain('Not connected');
    expect(cardOf(await read('sam', '/integrations/'), 'dropbox')).not.toContain('was not connected');
    expect(response.status).toBe(200);
    expect(cardOf(response.text, 'dropbox')).toContain('Connected as');
    expect(cardOf(response.text, 'dropbox')).toContain('Dropbox gave no answer that can be used. Nothing was changed.');
  });

  it('is asked for at the provider six times in a minute, then answers with what is known', async () => {
    await connectForReal('charlie');
    const charlie = await t.as('charlie');
    const asked = dropbox.calls.whoAmI;
    for (let times = 0; times < 6; times++) await charlie.htmxPost('/integrations/dropbox/check/');
    expect(dropbox.calls.whoAmI).toBe(asked + 6);
    const seventh = await charlie.htmxPost('/integrations/dropbox/check/');
    expect(seventh.status).toBe(200);
    expect(cardOf(seventh.text, 'dropbox')).toContain('Checked a moment ago. Try again in a minute.');
    expect(cardOf(seventh.text, 'dropbox')).toContain('Connected as');
    const plain = await charlie.post('/integrations/dropbox/check/');
    expect([plain.status, plain.headers.location]).toEqual([303, '/integrations/#integration-dropbox']);
    expect(await read('charlie', '/integrations/')).toContain('Checked a moment ago. Try again in a minute.');
    expect(dropbox.calls.whoAmI).toBe(asked + 6);
  });

  it('is told when a task finds its refresh refused, without anybody asking', async () => {
    await connectForReal();
    await read('alice');
    dropbox.forget();
    t.clock.advance(15_000_000);
    await expect(t.services.connections.use(t.ids.alice, 'dropbox', async () => 1)).rejects.toThrow();
    expect(bannerOf(await read('alice'))).toMatch(RECONNECT);
  });
});
