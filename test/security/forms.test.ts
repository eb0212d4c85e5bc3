import type { Test } from 'supertest';
import { tableNames } from '../support/schema';
import type { Visitor } from '../support/test-app';
import { type Act, actorOf, acts, type Fields } from './support/acts';
import { changes, type Difference, dump, realChanges } from './support/dump';
import { createWorld, SharedWorld, type World } from './support/world';

interface Attempt {
  readonly visitor: Visitor;
  readonly url: string;
  readonly fields: Fields;
  /** The token of this session, and those of others. */
  readonly own: string;
  readonly ofAnother: string;
  readonly ofSamePerson: string;
}

const post = ({ visitor, url }: Attempt): Test => visitor.agent.post(url).type('form');
const withQuery = (url: string, token: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}_csrf=${encodeURIComponent(token)}`;

/** Ways to send a form without the right to do so; each is a request that a page elsewhere, or a thief, could make. */
const FORGERIES: Record<string, (attempt: Attempt) => Test> = {
  'no token': (attempt) => post(attempt).send(attempt.fields),
  'an empty token': (attempt) => post(attempt).send({ ...attempt.fields, _csrf: '' }),
  'no token and no origin': (attempt) => post(attempt).set('Origin', 'null').send(attempt.fields),
  'no token and our own origin': (attempt) =>
    post(attempt).set('Origin', 'http://localhost:3000').set('Sec-Fetch-Site', 'same-origin').send(attempt.fields),
  'no token, as htmx': (attempt) => post(attempt).set('HX-Request', 'true').send(attempt.fields),
  "another person's token": (attempt) => post(attempt).send({ ...attempt.fields, _csrf: attempt.ofAnother }),
  'the token of another session of the same person': (attempt) =>
    post(attempt).send({ ...attempt.fields, _csrf: attempt.ofSamePerson }),
  "another person's token in the header": (attempt) =>
    post(attempt)
      .set('X-CSRF-Token', attempt.ofAnother)
      .send({ ...attempt.fields, _csrf: attempt.own }),
  'the right token in the address': (attempt) =>
    attempt.visitor.agent.post(withQuery(attempt.url, attempt.own)).type('form').send(attempt.fields),
  'the right token in a cookie': (attempt) =>
    post(attempt).set('X-XSRF-TOKEN', '').set('CSRF-Token', '').send(attempt.fields).query({ csrf: attempt.own }),
  'the right token twice': (attempt) => post(attempt).send({ ...attempt.fields, _csrf: [attempt.own, attempt.own] }),
  'the right token, from another site': (attempt) =>
    post(attempt)
      .set('Sec-Fetch-Site', 'cross-site')
      .send({ ...attempt.fields, _csrf: attempt.own }),
  'the right token, from a sibling of our domain': (attempt) =>
    post(attempt)
      .set('Sec-Fetch-Site', 'same-site')
      .send({ ...attempt.fields, _csrf: attempt.own }),
  'a method that means another one': (attempt) =>
    post(attempt)
      .set('X-HTTP-Method-Override', 'GET')
      .send({ ...attempt.fields, _method: 'GET' }),
};

/** Bodies that are no forms, with the right token where a script could put it. */
const OTHER_TYPES: Record<string, (attempt: Attempt) => Test> = {
  JSON: ({ visitor, url, own, fields }) =>
    visitor.agent
      .post(url)
      .set('X-CSRF-Token', own)
      .type('json')
      .send({ ...fields, _csrf: own }),
  'plain text': ({ visitor, url, own }) =>
    visitor.agent.post(url).set('X-CSRF-Token', own).type('text/plain').send(`_csrf=${own}`),
  'a form with files': ({ visitor, url, own }) => visitor.agent.post(url).set('X-CSRF-Token', own).field('_csrf', own),
  'bytes of no known kind': ({ visitor, url, own }) =>
    visitor.agent.post(url).set('X-CSRF-Token', own).type('application/octet-stream').send(`_csrf=${own}`),
};

const inWorld = (superuser: boolean): Act[] =>
  acts.filter(({ world, status, json }) => (world?.superuser ?? true) === superuser && status !== 404 && !json);

async function attemptOf(world: World, act: Act): Promise<Attempt> {
  const visitor = await actorOf(world, act);
  await act.prepare?.(world);
  const [stranger, again] = [
    await world.as(act.by === 'alice' ? 'charlie' : 'alice'),
    act.by === 'visitor' ? world.visitor() : await world.as(act.by, 'another'),
  ];
  return {
    visitor,
    url: act.url(world),
    fields: (await act.fields?.(world, visitor)) ?? {},
    own: await visitor.csrfToken(),
    ofAnother: await stranger.csrfToken(),
    ofSamePerson: await again.csrfToken(),
  };
}

describe.each([true, false])('a form that nobody meant to send (with a superuser: %s)', (superuser) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ superuser });
  });
  afterAll(() => world?.close());

  it('is refused at every route and changes nothing', async () => {
    const wrong: string[] = [];
    for (const act of inWorld(superuser)) {
      const attempt = await attemptOf(world, act);
      const before = await dump(world.db);
      for (const [name, send] of Object.entries(FORGERIES)) {
        const { status } = await send(attempt);
        if (status !== 403) wrong.push(`${act.route} with ${name}: ${status}`);
      }
      for (const [name, send] of Object.entries(OTHER_TYPES)) {
        const { status } = await send(attempt);
        if (status !== 415) wrong.push(`${act.route} as ${name}: ${status}`);
      }
      wrong.push(...realChanges(before, await dump(world.db)).map((each) => `${act.route}: ${each}`));
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('would be found by any row that came, went or changed', async () => {
    const { db, ids } = world;
    await world.reset();
    const visitor = await world.as('vera');
    const before = await dump(db);
    await db('teams_switch').where({ name: 'probe_switch' }).update({ note: 'Changed' });
    await db('teams_flag_users').where({ user_id: ids.alice }).delete();
    const stamps = { created_at: '2026-01-01T10:00:00.000Z', modified_at: '2026-01-01T10:00:00.000Z' };
    await db('auth_group').insert({ name: 'Came', ...stamps });
    await db('auth_session').where({ user_id: ids.vera }).delete();
    expect(realChanges(before, await dump(db))).toEqual([
      expect.stringMatching(/^auth_group added: .*"name":"Came"/),
      expect.stringMatching(/^auth_session removed: /),
      expect.stringMatching(/^teams_flag_users removed: /),
      'teams_switch changed: note "A note" → "Changed"',
    ]);
    await world.reset();
    expect(realChanges(before, await dump(db))).toEqual([]);
    await visitor.get('/account/').expect(200);
  });

  it('is answered with words: as a page, and as a message for htmx', async () => {
    const visitor = world.visitor();
    const page = await visitor.agent.post('/login').type('form').send({ email: 'a' }).expect(403);
    expect(page.text).toContain('<h1');
    expect(page.text).toContain('Nothing was changed. Go back, reload the page and try again.');
    expect(page.text).toContain(String(page.headers['x-request-id']));
    const partial = await visitor.agent.post('/login').set('HX-Request', 'true').type('form').send({}).expect(403);
    expect(partial.text).toMatch(/^<hx-partial hx-target="#ff-alerts"/);
    expect(partial.text).toContain('Nothing was changed.');
  });
});

describe('fields that a form does not have', () => {
  /** Which columns of which table changed how. */
  const shape = (found: readonly Difference[]): string[] =>
    [
      ...new Set(found.flatMap(({ table, kind, columns }) => columns.map((column) => `${table}.${column} ${kind}`))),
    ].sort();

  // The last three count what flags were asked, whoever asks.
  const UNMEASURED =
    'audit_entry audit_head auth_throttle auth_session snapshots_revision usage_minute usage_day usage_seen'.split(' ');

  const shared = new SharedWorld();
  afterAll(() => shared.giveUp());

  /** Sends an act's form with more fields, and says what came of it; a world that was changed is not used again. */
  async function send(act: Act, more: Fields): Promise<{ status: number; found: Difference[] }> {
    const world = await shared.get(act.world);
    const visitor = await actorOf(world, act);
    await act.prepare?.(world);
    const fields = { ...more, ...((await act.fields?.(world, visitor)) ?? {}) };
    const before = await dump(world.db, UNMEASURED);
    const { status } = await visitor.post(act.url(world), fields);
    const found = changes(before, await dump(world.db, UNMEASURED));
    if (found.length > 0 || /logout/.test(act.route)) await world.reset();
    return { status, found };
  }

  let columns: string[];
  beforeAll(async () => {
    const world = await createWorld();
    const names = new Set<string>();
    for (const table of await tableNames(world.db)) {
      for (const name of Object.keys(await world.db(table).columnInfo())) names.add(name);
    }
    columns = [...names].sort();
    await world.close();
  });

  it.each(inWorld(true).map((act, index) => ({ name: `${act.route} as in case ${index}`, act })))(
    'change nothing: $name',
    async ({ act }) => {
      expect(columns).toEqual(expect.arrayContaining(['is_superuser', 'organization_id', 'role', 'created_at', 'id']));
      const more = Object.fromEntries(
        columns.flatMap((name) => [
          [name, '1'],
          [`${name}__add`, '1'],
        ]),
      );
      const camel = Object.fromEntries(
        columns.map((name) => [name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), '1']),
      );
      const { status, found } = await send(act, { ...camel, ...more });
      expect(status).toBeLessThan(500);
      if (found.length === 0) return;
      expect(shape(found)).toEqual(shape((await send(act, {})).found));
    },
  );
});
