import { type PersonName, people } from '../../test/support/people';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { createLog } from '../log';
import { producerFeatures } from '../producers';
import { NAVIGATION } from './navigation';

let t: TestApp;
let alice: Visitor;

const gated = NAVIGATION.filter(({ featureFlag }) => featureFlag !== undefined);
const always = NAVIGATION.filter(({ featureFlag }) => featureFlag === undefined);

/** The labels of the navigation, in their order. */
const labelsIn = (html: string): string[] => {
  const [, list = ''] = /<ul class="ff-side-list" id="producer-nav">([\s\S]*?)<\/ul>/.exec(html) ?? [];
  return [...list.matchAll(/<span>([^<]*)<\/span><\/a>/g)].map(([, label = '']) => label);
};

const setFlags = (values: Record<string, boolean>) => t.db('producers_featureflags').update(values);

/** Puts somebody into the other producer, too. */
async function alsoOf(person: PersonName, slug: string, role = 'manager'): Promise<void> {
  const { id } = await t.db('producers_producer').where({ slug }).first('id');
  await t.db('producers_userproducer').insert({
    producer_id: id,
    user_id: t.ids[person],
    role,
    can_publish_shows: true,
    created_at: t.clock.now().toISOString(),
  });
}

beforeEach(async () => {
  t = await testApp();
  alice = await t.as('alice');
});
afterEach(() => t.close());

describe('features, navigation and routes', () => {
  const combinations = Array.from({ length: 2 ** producerFeatures.length }, (_, bits) =>
    producerFeatures.map(([key, { column }], place) => ({ key, column, on: (bits & (1 << place)) !== 0 })),
  );
  const named = combinations.map(
    (features) =>
      [
        features
          .filter(({ on }) => on)
          .map(({ key }) => key)
          .join(', ') || 'nothing',
        features,
      ] as const,
  );

  it.each(named)('agree for a producer that has %s', async (_name, features) => {
    await setFlags(Object.fromEntries(features.map(({ column, on }) => [column, on])));
    const has = new Set(features.filter(({ on }) => on).map(({ key }) => key));
    const { text } = await alice.get('/dashboard/shows').expect(200);
    expect(labelsIn(text)).toEqual(
      NAVIGATION.filter(({ featureFlag }) => featureFlag === undefined || has.has(featureFlag)).map(
        ({ label }) => label,
      ),
    );
    for (const { url, featureFlag } of gated) {
      const response = await alice.get(url);
      const open = featureFlag !== undefined && has.has(featureFlag);
      expect([url, response.status]).toEqual([url, open ? 200 : 404]);
      if (!open) {
        // The page says so inside the portal, with its navigation and a way back.
        expect(response.text).toContain('This page isn&#39;t available for your account.');
        expect(response.text).toContain('href="/dashboard/overview"><span>Go to the Dashboard</span>');
        expect(labelsIn(response.text)).toEqual(labelsIn(text));
      }
      expect((await alice.htmxGet(`${url}/x`)).status).toBe(404);
    }
    for (const { url } of always) expect([url, (await alice.get(url)).status]).toEqual([url, 200]);
  });

  it('show everything while the master switch is off', async () => {
    t.services.flags.override('switch', 'producer_flags_enabled', false);
    expect(labelsIn((await alice.get('/dashboard/shows')).text)).toEqual(NAVIGATION.map(({ label }) => label));
    for (const { url } of gated) await alice.get(url).expect(200);
  });

  it('are kept, not shown, while the switch is missing', async () => {
    await t.db('teams_switch').where({ name: 'producer_flags_enabled' }).delete();
    await (await t.as('sam')).post('/admin/teams/switch/add/', { name: 'another', note: '', _save: '1' });
    expect(labelsIn((await alice.get('/dashboard/shows')).text)).toEqual(always.map(({ label }) => label));
  });

  it('follow a change with the next request', async () => {
    await alice.get('/dashboard/knowledge-base').expect(404);
    await setFlags({ knowledge_base_enabled: true });
    await alice.get('/dashboard/knowledge-base').expect(200);
    await setFlags({ knowledge_base_enabled: false });
    await alice.get('/dashboard/knowledge-base').expect(404);
  });

  it('take no notice of how an address is spelled', async () => {
    for (const spelling of [
      '/dashboard/knowledge-base/',
      '/dashboard//knowledge-base',
      '/dashboard/%6bnowledge-base',
      '/DASHBOARD/knowledge-base',
      '/dashboard/knowledge-base;x',
      '/dashboard/knowledge-base%2f',
      '/dashboard/shows/../knowledge-base',
    ]) {
      const response = await alice.agent.get(spelling).redirects(2);
      expect([spelling, response.status]).toEqual([spelling, 404]);
    }
  });
});

describe('when the flags cannot be read', () => {
  it.each(['the row is missing', 'the table is not there', 'the row holds nonsense'])(
    'because %s, the portal works without gated features',
    async (why) => {
      const lines: string[] = [];
      const spy = await testApp({ log: createLog('error', { write: (line: string) => void lines.push(line) }) });
      const visitor = await spy.as('alice');
      await spy.db('producers_featureflags').update({ knowledge_base_enabled: true });
      if (why.includes('missing')) await spy.db('producers_featureflags').delete();
      else if (why.includes('table')) await spy.db.schema.renameTable('producers_featureflags', 'away');
      else
        await spy.db.schema.alterTable('producers_featureflags', (table) => table.dropColumn('knowledge_base_enabled'));
      for (const page of ['shows', 'overview', 'orders']) {
        const { text } = await visitor.get(`/dashboard/${page}`).expect(200);
        expect(labelsIn(text)).toEqual(always.map(({ label }) => label));
      }
      await visitor.get('/dashboard/knowledge-base').expect(404);
      const said = lines.filter((line) => line.includes('flags of producers cannot be read'));
      expect(said).toHaveLength(why.includes('missing') ? 0 : 1);
      await spy.close();
    },
  );
});

describe('somebody with several producers', () => {
  beforeEach(() => alsoOf('alice', 'phoenix-jazz'));

  it('chooses one, which is remembered, and sees its features', async () => {
    const first = await alice.get('/dashboard/shows').expect(200);
    expect(first.text).toContain('Producer: Arizona Comedy. Choose another');
    expect(first.text).toContain('href="/dashboard/shows?producer=phoenix-jazz"');
    const { id } = await t.db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
    await t.db('producers_featureflags').where({ producer_id: id }).update({ ai_agents_enabled: true });
    await alice.get('/dashboard/shows?producer=phoenix-jazz').expect(200);
    const { text } = await alice.get('/dashboard/orders').expect(200);
    expect(text).toContain('<title>Orders – Phoenix Jazz</title>');
    expect(labelsIn(text)).toContain('AI Assistant');
    await alice.get('/dashboard/ai-assistant?producer=arizona-comedy').expect(404);
  });

  it('loses one with the next request when the place is taken away, and keeps the other', async () => {
    await alice.get('/dashboard/shows?producer=phoenix-jazz').expect(200);
    const { id } = await t.db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
    await t.db('producers_userproducer').where({ producer_id: id, user_id: t.ids.alice }).delete();
    const { text } = await alice.get('/dashboard/shows').expect(200);
    expect(text).toContain('Shows – Arizona Comedy');
    await alice.get('/dashboard/shows?producer=phoenix-jazz').expect(404);
  });

  it('acts for the producer of the page, also when another tab shows the other one', async () => {
    const { text } = await alice.get('/dashboard/shows/new?producer=arizona-comedy').expect(200);
    expect(text).toContain('action="/dashboard/shows/new?producer=arizona-comedy"');
    await alice.get('/dashboard/shows?producer=phoenix-jazz').expect(200);
    expect(text).toContain('hx-sse:connect="/dashboard/stream?producer=arizona-comedy');
  });
});

describe('an address that does not exist', () => {
  it('is said inside the portal to who has one, and tells others nothing', async () => {
    const { text } = await alice.get('/dashboard/no-such-page').expect(404);
    expect(text).toContain('id="producer-nav"');
    expect(text).toContain('href="/dashboard/overview"');
    expect(text).toContain('Page not found');
    const outside = async (visitor: Visitor, path: string) => (await visitor.get(path).expect(404)).text;
    for (const visitor of [t.visitor(), await t.as('bob')]) {
      expect(await outside(visitor, '/dashboard/no-such-page')).not.toContain('id="producer-nav"');
    }
  });

  it('is said inside the admin to staff, and tells others nothing', async () => {
    const vera = await t.as('vera');
    for (const path of ['/admin/no-such-page/', '/admin/teams/flag/999999/change/']) {
      const { text } = await vera.get(path).expect(404);
      expect([path, text.includes('ff-admin'), text.includes('href="/admin/teams/flag/"')]).toEqual([path, true, true]);
      expect(text).toContain('Go to the start of the admin');
    }
    const plain = (text: string) => text.replace(/[0-9a-f-]{36}|content="[^"]*"|value="[^"]*"/g, '');
    const asAlice = async (path: string) => plain((await alice.get(path).expect(404)).text).replaceAll(path, '');
    expect(await asAlice('/admin/teams/no-such-page/')).toBe(await asAlice('/admin/teams/flag/'));
    expect(await asAlice('/admin/teams/flag/')).not.toContain('ff-admin');
    expect((await t.visitor().get('/admin/no-such-page/').expect(404)).text).not.toContain('ff-admin');
  });
});

describe('who has no producer', () => {
  it('reads what to do about it', async () => {
    const bob = await t.as('bob');
    const { text } = await bob.get('/dashboard/overview').expect(404);
    expect(text).toContain('No producer portal');
    expect(text).toContain('Ask whoever invited you to add you to a producer');
  });

  it('has no way to the portal in the menu; who has one does', async () => {
    expect((await (await t.as('bob')).get('/integrations/')).text).not.toContain('Producer portal');
    expect((await alice.get('/integrations/')).text).toContain('Producer portal');
    expect((await (await t.as('sam')).get('/admin/')).text).not.toContain('Producer portal');
    await t.db('producers_producer').update({ is_active: false });
    expect((await alice.get('/integrations/')).text).not.toContain('Producer portal');
  });
});

describe('the first page after signing in', () => {
  const home = async (person: PersonName): Promise<string> => {
    const visitor = t.visitor();
    await visitor.signIn(people[person].email);
    return String((await visitor.get('/').expect(303)).headers.location);
  };

  it('is the portal for who has nothing else', async () => {
    await t.db('orgs_membership').where({ user_id: t.ids.charlie }).delete();
    expect(await home('charlie')).toBe('/dashboard/overview');
  });

  it('stays what it was for staff and members of organizations', async () => {
    await alsoOf('bob', 'phoenix-jazz');
    expect(await home('bob')).toBe('/admin/');
    expect(await home('alice')).not.toContain('/dashboard');
  });
});
