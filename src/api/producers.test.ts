import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { createLog } from '../log';
import { producerFeatures } from '../producers';

const ME = '/api/v1/producers/me/';
const ALL = '/api/v1/producers/';
const COLUMNS = producerFeatures.map(([, { column }]) => column);
const OFF = Object.fromEntries(COLUMNS.map((column) => [column, false]));

let t: TestApp;
let lines: string[];
beforeEach(async () => {
  lines = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  t = await testApp({ log, environment: { API_RATE_PER_ADDRESS: '10000' } });
});
afterEach(() => t?.close());

const idOf = async (slug: string): Promise<number> => (await t.db('producers_producer').where({ slug }).first('id')).id;
const setFlags = async (slug: string, flags: Record<string, boolean>) =>
  t
    .db('producers_featureflags')
    .where({ producer_id: await idOf(slug) })
    .update(flags);
/** Writes something, so that SQLite answers nothing from memory. */
const touch = () => t.db('producers_producer').update({ name: t.db.ref('name') });
const addMember = async (who: 'alice' | 'charlie', slug: string, role = 'viewer') =>
  t.db('producers_userproducer').insert({
    user_id: t.ids[who],
    producer_id: await idOf(slug),
    role,
    can_publish_shows: false,
    created_at: t.clock.now().toISOString(),
  });

describe('the producer of whoever asks', () => {
  it('is told to a session and to a program alike', async () => {
    await setFlags('arizona-comedy', { ai_agents_enabled: true });
    const expected = {
      id: await idOf('arizona-comedy'),
      name: 'Arizona Comedy',
      slug: 'arizona-comedy',
      contact_email: 'hello@arizona-comedy.example',
      role: 'owner',
      can_publish_shows: true,
      feature_flags: { ...OFF, ai_agents_enabled: true },
    };
    for (const alice of [await t.as('alice'), await t.program('alice')]) {
      const { body, headers } = await alice.get(ME).expect(200);
      expect(body).toEqual(expected);
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(headers['cache-control']).toBe('private, no-cache');
      expect(headers.vary).toMatch(/Authorization, Cookie/);
    }
    await t.db('producers_producer').update({ contact_email: '' });
    expect((await (await t.as('alice')).get(ME)).body).not.toHaveProperty('contact_email');
  });

  it('follows every one of the eight combinations, and the master switch opens all', async () => {
    const alice = await t.program('alice');
    for (let combination = 0; combination < 2 ** COLUMNS.length; combination++) {
      const flags = Object.fromEntries(COLUMNS.map((column, bit) => [column, (combination & (2 ** bit)) !== 0]));
      await setFlags('arizona-comedy', flags);
      expect((await alice.get(ME).expect(200)).body.feature_flags).toEqual(flags);
      t.services.flags.override('switch', 'producer_flags_enabled', false);
      const open = (await alice.get(ME).expect(200)).body.feature_flags;
      expect(Object.values(open)).toEqual(COLUMNS.map(() => true));
      t.services.flags.override('switch', 'producer_flags_enabled', true);
    }
  });

  it('takes one statement after the person is known', async () => {
    const alice = await t.program('alice');
    await alice.get(ME).expect(200);
    await touch(); // so that nothing is answered from memory
    const of = (pattern: RegExp) =>
      t.countQueries(() => alice.get(`${ME}?again=${Math.random()}`).expect(200), pattern);
    expect(await of(/producers_featureflags/)).toBe(1);
    await touch();
    expect(await of(/./)).toBe(2); // the other one is the person
  });

  it('is one of several by its slug, else the one of the portal, else the first', async () => {
    await addMember('alice', 'phoenix-jazz');
    const alice = await t.as('alice');
    const program = await t.program('alice');
    const slugOf = async (visitor: Visitor, query = '') => (await visitor.get(ME + query).expect(200)).body.slug;
    expect([await slugOf(alice), await slugOf(program)]).toEqual(['arizona-comedy', 'arizona-comedy']);
    expect(await slugOf(program, '?producer=phoenix-jazz')).toBe('phoenix-jazz');
    expect(await slugOf(program)).toBe('arizona-comedy');
    expect(await slugOf(alice, '?producer=phoenix-jazz')).toBe('phoenix-jazz');
    expect(await slugOf(alice)).toBe('arizona-comedy'); // reading changes nothing
    await alice.get('/dashboard/overview?producer=phoenix-jazz').expect(200);
    expect(await slugOf(alice)).toBe('phoenix-jazz');
    expect((await alice.get(`${ME}?producer=phoenix-jazz`)).body.role).toBe('viewer');
    expect(await slugOf(program)).toBe('arizona-comedy');
  });

  it("is nobody else's: another one is like one that does not exist", async () => {
    const alice = await t.program('alice');
    const essence = async (query: string) => {
      const { status, body } = await alice.get(ME + query);
      return [status, { ...body.error, request_id: '' }];
    };
    const foreign = await essence('?producer=phoenix-jazz');
    expect(foreign).toEqual([404, { code: 'producer_not_found', message: expect.any(String), request_id: '' }]);
    expect(await essence('?producer=no-such')).toEqual(foreign);
    expect(await essence("?producer=' or 1=1")).toEqual(foreign);
    await t.db('producers_producer').where({ slug: 'arizona-comedy' }).update({ is_active: false });
    expect(await essence('?producer=arizona-comedy')).toEqual(foreign);
  });

  it('is missing for who has none, and kept from who is not signed in', async () => {
    const { body } = await (await t.program('bob')).get(ME).expect(404);
    expect(body.error.code).toBe('producer_not_found');
    const { headers, body: nobody } = await t.visitor().get(ME).expect(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="Flagstaff"');
    expect(nobody.error).toEqual({
      code: 'not_signed_in',
      message: expect.any(String),
      request_id: headers['x-request-id'],
    });
  });

  it('is not sent again while it is the same', async () => {
    const alice = await t.program('alice');
    const { headers } = await alice.get(ME).expect(200);
    const etag = String(headers.etag);
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
    for (const known of [etag, `"other", ${etag}`, etag.replace('W/', '')]) {
      const same = await alice.get(ME).set('If-None-Match', known).expect(304);
      expect([same.text, same.headers.etag, same.headers['cache-control']]).toEqual(['', etag, 'private, no-cache']);
    }
    await alice.get(ME).set('If-None-Match', etag).set('Cache-Control', 'no-cache').expect(304);
    await setFlags('arizona-comedy', { additional_services_enabled: true });
    const changed = await alice.get(ME).set('If-None-Match', etag).expect(200);
    expect(changed.headers.etag).not.toBe(etag);
    const charlie = await t.program('charlie');
    await charlie.get(ME).set('If-None-Match', String(changed.headers.etag)).expect(200);
  });

  it('has everything off, with one line in the log, when its flags are missing or cannot be read', async () => {
    await setFlags('arizona-comedy', { ai_agents_enabled: true });
    const alice = await t.program('alice');
    const said = () => lines.filter((line) => /flags/.test(line) && /"level":50/.test(line)).length;
    const row = await t
      .db('producers_featureflags')
      .where({ producer_id: await idOf('arizona-comedy') })
      .first();
    await t.db('producers_featureflags').where({ id: row.id }).delete();
    for (let times = 0; times < 3; times++) {
      expect((await alice.get(ME).expect(200)).body.feature_flags).toEqual(OFF);
    }
    expect(said()).toBe(1);
    await t.db('producers_featureflags').insert(row);
    expect((await alice.get(ME).expect(200)).body.feature_flags).toEqual({ ...OFF, ai_agents_enabled: true });
    await t.db.schema.renameTable('producers_featureflags', 'gone');
    await touch();
    for (let times = 0; times < 3; times++) {
      expect((await alice.get(ME).expect(200)).body.feature_flags).toEqual(OFF);
    }
    expect(said()).toBe(2);
    await t.db.schema.renameTable('gone', 'producers_featureflags');
    await touch();
    expect((await alice.get(ME).expect(200)).body.feature_flags).toEqual({ ...OFF, ai_agents_enabled: true });
  });
});

describe('the producers', () => {
  beforeEach(async () => {
    const stamps = { created_at: t.clock.now().toISOString(), modified_at: t.clock.now().toISOString() };
    const rows = Array.from({ length: 120 }, (_, index) => ({
      name: `Stage ${index + 1}`,
      slug: `stage-${index + 1}`,
      contact_email: index % 2 === 0 ? `Box_${index + 1}@stage.example` : '',
      ...stamps,
    }));
    await t.db('producers_producer').insert(rows);
  });

  it('are told to staff who may see them, page by page', async () => {
    const vera = await t.program('vera');
    const { body } = await vera.get(ALL).expect(200);
    expect(body).toMatchObject({ count: 122, page: 1, page_size: 50, next: `${ALL}?page=2`, previous: null });
    expect(body.results).toHaveLength(50);
    expect(body.results[0]).toEqual({
      id: expect.any(Number),
      name: 'Arizona Comedy',
      slug: 'arizona-comedy',
      contact_email: 'hello@arizona-comedy.example',
      is_active: true,
      feature_flags: OFF,
      created_at: t.clock.now().toISOString(),
      modified_at: t.clock.now().toISOString(),
    });
    const seen = new Set<number>();
    for (let url: string | null = `${ALL}?page_size=100&search=`; url !== null; ) {
      const page: { next: string | null; results: { id: number }[] } = (await vera.get(url).expect(200)).body;
      for (const { id } of page.results) seen.add(id);
      url = page.next;
    }
    expect(seen.size).toBe(122);
    const beyond = (await vera.get(`${ALL}?page=99`).expect(200)).body;
    expect([beyond.results, beyond.next, beyond.previous]).toEqual([[], null, `${ALL}?page=98`]);
  });

  it('are searched by name, slug and contact, with letters taken as they are', async () => {
    const vera = await t.program('vera');
    const found = async (search: string) =>
      (await vera.get(`${ALL}?search=${encodeURIComponent(search)}`).expect(200)).body.count;
    expect(await found('arizona')).toBe(1);
    expect(await found('ARIZONA comedy')).toBe(1);
    expect(await found('stage-11')).toBe(11);
    expect(await found('box_')).toBe(60);
    expect(await found('%')).toBe(0);
    expect(await found('a_i')).toBe(0);
    expect(await found("' or 1=1 --")).toBe(0);
    expect(await found('x'.repeat(5_000))).toBe(0);
  });

  it('come a hundred at a time at most, and the answer names the limit', async () => {
    const vera = await t.program('vera');
    await vera.get(`${ALL}?page_size=100`).expect(200);
    for (const [query, message] of [
      ['page_size=101', 'page_size is a whole number from 1 to 100.'],
      ['page_size=0', 'page_size is a whole number from 1 to 100.'],
      ['page_size=1e2', 'page_size is a whole number from 1 to 100.'],
      ['page_size=-1', 'page_size is a whole number from 1 to 100.'],
      ['page=0', 'page is a whole number from 1 to 100000.'],
      ['page=100001', 'page is a whole number from 1 to 100000.'],
      ['page=abc', 'page is a whole number from 1 to 100000.'],
    ]) {
      const { body } = await vera.get(`${ALL}?${query}`).expect(422);
      expect([query, body.error.message]).toEqual([query, message]);
    }
  });

  it('take the same number of statements however many there are', async () => {
    const vera = await t.program('vera');
    const count = (size: number) => t.countQueries(() => vera.get(`${ALL}?page_size=${size}`).expect(200));
    expect(await count(1)).toBeLessThanOrEqual(4);
    expect(await count(100)).toBeLessThanOrEqual(4);
  });

  it('are told one by one, too', async () => {
    const sam = await t.program('sam');
    await setFlags('phoenix-jazz', { knowledge_base_enabled: true });
    const { body, headers } = await sam.get(`${ALL}${await idOf('phoenix-jazz')}/`).expect(200);
    expect(body).toMatchObject({ slug: 'phoenix-jazz', feature_flags: { ...OFF, knowledge_base_enabled: true } });
    await sam.get(`${ALL}${body.id}`).set('If-None-Match', String(headers.etag)).expect(304);
    for (const id of ['999999', '0', '-1', '1.5', '01', 'abc', '99999999999', '%00', '1;2']) {
      const absent = await sam.get(`${ALL}${id}/`).expect(404);
      expect([id, absent.body.error.code]).toEqual([id, 'producer_not_found']);
    }
  });

  it('do not exist for people of producers, and are refused to other staff', async () => {
    const alice = await t.program('alice');
    const own = await idOf('arizona-comedy');
    const essence = async (id: number) => {
      const { status, body } = await alice.get(`${ALL}${id}/`);
      return [status, { ...body.error, request_id: '' }];
    };
    expect((await alice.get(ALL)).status).toBe(404);
    expect((await essence(own))[0]).toBe(404);
    expect(await essence(await idOf('phoenix-jazz'))).toEqual(await essence(999_999));
    const bob = await t.program('bob');
    await bob.get(ALL).expect(403);
    await bob.get(`${ALL}999999/`).expect(403);
  });

  it('have everything off when their flags cannot be read', async () => {
    await setFlags('phoenix-jazz', { knowledge_base_enabled: true });
    const vera = await t.program('vera');
    await t.db.schema.renameTable('producers_featureflags', 'gone');
    expect((await vera.get(`${ALL}${await idOf('phoenix-jazz')}/`).expect(200)).body.feature_flags).toEqual(OFF);
    expect(lines.filter((line) => line.includes('cannot be read'))).toHaveLength(1);
    await t.db.schema.renameTable('gone', 'producers_featureflags');
  });
});
