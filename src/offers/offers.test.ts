import { setFeatures } from '../../test/support/features';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

const HOME = '/dashboard/services';
const stamps = { created_at: '2026-01-01T10:00:00.000Z', modified_at: '2026-01-01T10:00:00.000Z' };

let t: TestApp;
let alice: Visitor;

const addService = async (slug: string, isOffered = true): Promise<number> => {
  const values = {
    slug,
    name: `The ${slug}`,
    icon: 'fa-bullhorn',
    price: '$10',
    benefits: 'One\nTwo',
    is_offered: isOffered,
  };
  const [row] = await t
    .db('offers_service')
    .insert({ ...values, ...stamps })
    .returning('id');
  return row.id;
};

beforeEach(async () => {
  t = await testApp();
  await setFeatures(t.db, 'arizona-comedy', ['additionalServicesEnabled']);
  await addService('poster');
  await addService('hidden', false);
  alice = await t.as('alice');
});

afterEach(() => t?.close());

const requests = () => t.db('offers_request').orderBy('id');
const entries = () => t.db('audit_entry').where({ object_type: 'offers.request' }).orderBy('seq');

describe('additional services', () => {
  it('are cards with their price, benefits and a form', async () => {
    const { text } = await alice.get(HOME).expect(200);
    expect(text).toContain('The poster');
    expect(text).toContain('$10');
    expect(text).toContain('Two');
    expect(text).not.toContain('The hidden');
  });

  it('are asked for once, and the card says where it stands', async () => {
    const answer = await alice.post(`${HOME}/poster/request`, { note: 'Before\0 May' });
    expect([answer.status, answer.headers.location]).toEqual([303, `${HOME}#service-poster`]);
    expect((await alice.get(HOME)).text).toContain('Requested');
    await alice.post(`${HOME}/poster/request`, { note: 'again' });
    const [only, ...more] = await requests();
    expect([only.note, only.state, only.user_id, more]).toEqual(['Before May', 'requested', t.ids.alice, []]);
    expect((await entries()).map(({ action, object_label }) => [action, object_label])).toEqual([
      ['add', 'The poster: Arizona Comedy'],
    ]);
  });

  it('are asked for once by somebody who clicks twenty times at once', async () => {
    await alice.csrfToken();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => alice.htmxPost(`${HOME}/poster/request`, { note: '' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await requests()).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
  });

  it('keep what was typed when the note is too long', async () => {
    const note = 'x'.repeat(501);
    for (const send of [
      alice.post(`${HOME}/poster/request`, { note }),
      alice.htmxPost(`${HOME}/poster/request`, { note }),
    ]) {
      const { status, text } = await send;
      expect(status).toBe(422);
      expect(text).toContain(note);
      expect(text).toContain('Use at most 500 characters.');
    }
    expect((await alice.post(`${HOME}/poster/request`, { note: '', state: 'active' })).status).toBe(422);
    expect(await requests()).toEqual([]);
  });

  it('are nobody else’s business, and not there without the feature', async () => {
    const charlie = await t.as('charlie');
    await charlie.get(HOME).expect(404);
    expect((await charlie.post(`${HOME}/poster/request`, { note: '' })).status).toBe(404);
    await alice.post(`${HOME}/poster/request`, { note: '' });
    await setFeatures(t.db, 'phoenix-jazz', ['additionalServicesEnabled']);
    expect((await charlie.get(HOME).expect(200)).text).not.toContain('Requested');
    for (const slug of ['hidden', 'no-such', '%00', 'UPPER'])
      expect((await alice.post(`${HOME}/${slug}/request`, { note: '' })).status).toBe(404);
    expect(await requests()).toHaveLength(1);
    await setFeatures(t.db, 'arizona-comedy', []);
    expect((await alice.post(`${HOME}/poster/request`, { note: '' })).status).toBe(404);
  });

  it('are asked for by owners and managers; viewers see why they cannot', async () => {
    await t.db('producers_userproducer').where({ user_id: t.ids.alice }).update({ role: 'viewer' });
    expect((await alice.get(HOME)).text).toContain('Owners and managers can ask for services.');
    expect((await alice.post(`${HOME}/poster/request`, { note: '' })).status).toBe(403);
    expect(await requests()).toEqual([]);
  });

  it('take the same few statements for many cards', async () => {
    await alice.get(HOME);
    const few = await t.countQueries(() => alice.get(`${HOME}?a`));
    for (let index = 0; index < 20; index++) await addService(`more-${index}`);
    expect(await t.countQueries(() => alice.get(`${HOME}?b`))).toBeLessThanOrEqual(few);
  });
});

describe('requests in the admin', () => {
  it('move on by their state, which the producer sees, with an audit entry each', async () => {
    await alice.post(`${HOME}/poster/request`, { note: '' });
    const [{ id }] = await requests();
    const sam = await t.as('sam');
    const list = '/admin/offers/request/';
    await sam.post(`${list}action/`, { _action: 'mark_contacted', _ids: String(id) });
    expect((await alice.get(HOME)).text).toContain('In talks');
    const { text } = await sam.get(`${list}${id}/change/`).expect(200);
    const version = /name="version" value="([^"]+)"/.exec(text)?.[1] ?? '';
    await sam.post(`${list}${id}/change/`, { version, state: 'active', answer: 'Mara calls you.', _save: '1' });
    const page = (await alice.get(HOME)).text;
    expect(page).toContain('You have this since');
    expect(page).toContain('Mara calls you.');
    expect((await entries()).map(({ action }) => action)).toEqual(['add', 'change', 'change']);
    const letters = await t.services.mail.deliverDue().then(() => t.db('mail_message').orderBy('id'));
    expect(letters.map(({ recipient, subject }) => [recipient, subject])).toEqual([
      ['alice@example.com', 'News about The poster for Arizona Comedy'],
      ['alice@example.com', 'News about The poster for Arizona Comedy'],
    ]);
    await t.db('offers_service').update({ is_offered: false });
    expect((await alice.get(HOME)).text).toContain('The poster');
  });

  it('are declined for good once there is a newer one', async () => {
    const sam = await t.as('sam');
    await alice.post(`${HOME}/poster/request`, { note: 'first' });
    const [{ id }] = await requests();
    await sam.post('/admin/offers/request/action/', { _action: 'decline', _ids: String(id) });
    expect((await alice.get(HOME)).text).toContain('Ask again');
    await alice.post(`${HOME}/poster/request`, { note: 'second' });
    const again = await sam.post('/admin/offers/request/action/', { _action: 'mark_active', _ids: String(id) });
    expect(again.status).toBe(409);
    const set = await sam.post(`/admin/offers/request/${id}/set/`, { field: 'state', to: 'active' });
    expect(set.status).toBeLessThan(500);
    expect((await requests()).map(({ state }) => state)).toEqual(['declined', 'requested']);
  });
});
