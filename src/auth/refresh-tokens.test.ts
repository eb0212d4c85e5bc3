import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp, testApp } from '../../test/support/test-app';
import { inTransaction } from '../db';
import { localActor } from '../lib/viewer';
import { endAllSessions, setPassword } from './accounts';
import { cleanUp } from './clean-up';
import { ABSOLUTE_MS, GRACE_MS, IDLE_MS, MOST_GRANTS } from './refresh-tokens';

const ME = '/api/v1/producers/me/';
const REFRESH = '/api/v1/token/refresh/';
const REVOKE = '/api/v1/token/revoke/';
const MINUTE = 60_000;

let t: TestApp;
beforeEach(async () => {
  t = await testApp({ environment: { API_RATE_PER_ADDRESS: '10000' } });
});
afterEach(() => t?.close());

const me = (access: string) => t.visitor().bring(access).get(ME);
const refresh = (token: unknown) => t.visitor().postJson(REFRESH, { refresh: token });
const grants = async (): Promise<number> => (await t.db('auth_refreshtoken').select('id')).length;
const newest = async () => t.db('audit_entry').orderBy('seq', 'desc').first();
const actor = localActor('system', 'tests');

describe('a refresh token', () => {
  it('is spent for the next pair', async () => {
    const first = await t.tokens('alice');
    const { body } = await refresh(first.refresh).expect(200);
    expect(body).toEqual({ ...first, access: expect.any(String), refresh: expect.any(String) });
    expect(body.refresh).not.toBe(first.refresh);
    await me(body.access).expect(200);
    const third = await refresh(body.refresh).expect(200);
    expect(new Set([first.refresh, body.refresh, third.body.refresh]).size).toBe(3);
    expect(await grants()).toBe(1);
  });

  it('that comes a second time later on ends the access of all of its family, and the audit log says so', async () => {
    const first = await t.tokens('alice');
    const other = await t.tokens('alice');
    const second = (await refresh(first.refresh).expect(200)).body;
    t.clock.advance(GRACE_MS + 1);
    const { body } = await refresh(first.refresh).expect(401);
    expect(body.error.code).toBe('invalid_refresh_token');
    expect(await newest()).toMatchObject({ action: 'token_reuse', object_label: 'alice@example.com' });
    await refresh(second.refresh).expect(401);
    await me(second.access).expect(401);
    await me(first.access).expect(401);
    await me(other.access).expect(200); // another program of hers goes on
    await refresh(other.refresh).expect(200);
  });

  it('of two generations ago ends the access at once, however soon it comes', async () => {
    const first = await t.tokens('alice');
    const second = (await refresh(first.refresh).expect(200)).body;
    const third = (await refresh(second.refresh).expect(200)).body;
    await refresh(first.refresh).expect(401);
    await refresh(third.refresh).expect(401);
  });

  it('whose answer got lost gets the same answer again for ten seconds', async () => {
    const { refresh: token } = await t.tokens('alice');
    const lost = (await refresh(token).expect(200)).body;
    t.clock.advance(GRACE_MS);
    const again = (await refresh(token).expect(200)).body;
    expect(again.refresh).toBe(lost.refresh);
    await me(again.access).expect(200);
    await refresh(lost.refresh).expect(200);
  });

  it('sent twenty times at once is spent once: all get the same next one', async () => {
    const { refresh: token } = await t.tokens('alice');
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const next = new Set(answers.map(({ body }) => body.refresh));
    expect(next.size).toBe(1);
    await refresh([...next][0]).expect(200);
    expect(await grants()).toBe(1);
  });

  it('counts for seven days, and its family for thirty', async () => {
    const { refresh: token } = await t.tokens('alice');
    t.clock.advance(IDLE_MS - 1);
    let next = (await refresh(token).expect(200)).body;
    for (let days = 7; days < 28; days += 7) {
      t.clock.advance(IDLE_MS - 1);
      next = (await refresh(next.refresh).expect(200)).body;
    }
    t.clock.advance(ABSOLUTE_MS - 4 * IDLE_MS - MINUTE);
    next = (await refresh(next.refresh).expect(200)).body;
    expect(next.expires_in).toBeLessThanOrEqual(60); // no access beyond the end
    t.clock.advance(MINUTE + 1_000);
    await me(next.access).expect(401);
    await refresh(next.refresh).expect(401);
    const { refresh: unused } = await t.tokens('alice');
    t.clock.advance(IDLE_MS);
    await refresh(unused).expect(401);
    expect(await cleanUp(t.services)).toMatchObject({ programs: 2 });
    expect(await grants()).toBe(0);
  });

  it('that was never ours is refused without a look at the database', async () => {
    const { refresh: token } = await t.tokens('alice');
    const damaged = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`;
    const count = await t.countQueries(async () => {
      for (const bad of ['x', damaged, `${token}x`, token.slice(0, -1), token.toUpperCase()])
        await refresh(bad).expect(401);
    });
    expect(count).toBe(0);
    await refresh(token).expect(200);
  });

  it('is one of twenty at most; a further program ends what was not used for longest', async () => {
    const first = await t.tokens('alice');
    const second = await t.tokens('alice');
    t.clock.advance(1_000);
    const used = (await refresh(first.refresh).expect(200)).body;
    for (let more = 0; more < MOST_GRANTS - 1; more++) {
      t.clock.advance(1_000);
      await t.tokens('alice');
    }
    expect(await grants()).toBe(MOST_GRANTS);
    await refresh(second.refresh).expect(401);
    await refresh(used.refresh).expect(200);
  });

  it('is revoked with the access that came of it; once more changes nothing and tells nothing', async () => {
    const { access, refresh: token } = await t.tokens('alice');
    expect((await t.visitor().postJson(REVOKE, { refresh: token }).expect(204)).text).toBe('');
    expect(await newest()).toMatchObject({ action: 'logout', actor_label: 'alice@example.com' });
    await me(access).expect(401);
    await refresh(token).expect(401);
    await t.visitor().postJson(REVOKE, { refresh: token }).expect(204);
    await t.visitor().postJson(REVOKE, { refresh: 'nonsense' }).expect(204);
  });
});

describe('access of programs', () => {
  const parts = () => t.services;
  const alice = () => ({ id: t.ids.alice, email: 'alice@example.com', name: 'Alice' });

  it.each<[string, () => Promise<unknown>]>([
    ['the account is switched off', () => t.db('auth_user').where({ id: t.ids.alice }).update({ is_active: false })],
    ['the account is deleted', () => t.db('auth_user').where({ id: t.ids.alice }).delete()],
    ['the password is changed or reset', () => setPassword(parts(), alice(), 'verdigris kayak tulip 7', actor)],
    ['staff sign the person out everywhere', () => inTransaction(t.db, (trx) => endAllSessions(trx, t.ids.alice))],
    [
      'the person signs out everywhere else',
      async () => {
        const page = await (await t.as('alice')).post('/account/sessions/end-others');
        expect(page.status).toBe(303);
      },
    ],
    [
      'the epoch of the account moves, whatever moved it',
      () => t.db('auth_user').where({ id: t.ids.alice }).increment('session_epoch', 1),
    ],
  ])('ends at once when %s', async (_what, end) => {
    const { access, refresh: token } = await t.tokens('alice');
    const charlie = await t.program('charlie');
    await me(access).expect(200);
    await end();
    await me(access).expect(401);
    await refresh(token).expect(401);
    await charlie.get(ME).expect(200);
  });

  it('is what the person is now: permissions count from the next request on', async () => {
    const vera = await t.program('vera');
    await vera.get('/api/v1/producers/').expect(200);
    await t.db('auth_group_permissions').where({ permission: 'producers.view_producer' }).delete();
    await vera.get('/api/v1/producers/').expect(403);
    await t.db('auth_user').where({ id: t.ids.vera }).update({ is_staff: false });
    await vera.get('/api/v1/producers/').expect(404);
    const alice = await t.program('alice');
    await t.db('producers_userproducer').where({ user_id: t.ids.alice }).delete();
    await alice.get(ME).expect(404);
  });

  it('is on the list of sessions, where it can be ended', async () => {
    const { access } = await t.tokens('alice');
    const alice = await t.as('alice');
    const { text } = await alice.get('/account/sessions/').expect(200);
    expect(text).toContain('Programs with access');
    const [, id = ''] = /name="program" value="(\d+)"/.exec(text) ?? [];
    const charlie = await t.as('charlie');
    await charlie.post('/account/sessions/end-program', { program: id });
    await me(access).expect(200);
    await alice.post('/account/sessions/end-program', { program: id });
    await me(access).expect(401);
    expect(await newest()).toMatchObject({ action: 'session_end', actor_label: 'alice@example.com' });
    expect((await alice.get('/account/sessions/')).text).not.toContain('Programs with access');
  });

  it('is nowhere in the database, but as a hash', async () => {
    const first = await t.tokens('alice');
    const second = (await refresh(first.refresh).expect(200)).body;
    await refresh(second.refresh).expect(200);
    await t.visitor().postJson(REFRESH, { refresh: first.refresh });
    const { refresh: kept } = await t.tokens('alice');
    const secrets = [first, second].flatMap(({ access, refresh: token }) => [access, access.split('.')[2], token]);
    const pieces = [...secrets, kept].flatMap((secret) => {
      const text = String(secret);
      return [text, text.slice(4, 26), text.slice(26, 69)].filter((piece) => piece.length > 15);
    });
    expect(pieces.length).toBeGreaterThan(15);
    const row = await t.db('auth_refreshtoken').first('token_hash');
    expect(row.token_hash).toBe(createHash('sha256').update(kept).digest('hex'));
    const { database } = t.services.config;
    if (database.client === 'sqlite') {
      await sleep(50);
      const files = ['', '-wal'].map((ending) => readFileSync(`${database.filename}${ending}`, 'latin1')).join('');
      expect(files).toContain('auth_refreshtoken');
      for (const piece of pieces) expect(files).not.toContain(piece);
    }
    const tables = ['auth_refreshtoken', 'auth_session', 'auth_token', 'auth_throttle', 'audit_entry', 'auth_user'];
    const content = JSON.stringify(await Promise.all(tables.map((table) => t.db(table).select())));
    for (const piece of pieces) expect(content).not.toContain(piece);
  });
});
