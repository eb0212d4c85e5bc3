import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries, verifyChain } from '../audit';
import { inTransaction } from '../db';
import { localActor } from '../lib/viewer';
import { assertSuperuserRemains, createUser, setPassword, settleUserChange } from './accounts';
import { cleanUp } from './clean-up';
import { findAccount, findAccountByEmail } from './queries';

const COMMAND = localActor('command', 'createsuperuser');
const STRONG = 'tulip kayak verdigris';

describe('accounts', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  it('are added with their groups and an audit entry that holds no secret', async () => {
    const group = (await app.db('auth_group').where({ name: 'Viewers' }).first()) as { id: number };
    const id = await createUser(
      app.services,
      { email: ' New@Example.com', name: 'New', password: STRONG, isStaff: true, groupIds: [group.id] },
      COMMAND,
    );
    expect(await findAccount(app.db, id)).toMatchObject({
      email: 'new@example.com',
      isStaff: true,
      isSuperuser: false,
    });
    expect(await app.db('auth_user_groups').where({ user_id: id })).toHaveLength(1);
    const [entry] = await listEntries(app.db, { limit: 1 });
    expect(entry).toMatchObject({ action: 'add', actorType: 'command', actorLabel: 'createsuperuser' });
    expect(JSON.stringify(entry)).not.toMatch(/argon2|tulip/);
    expect(await verifyChain(app.db)).toEqual([]);
    expect((await app.visitor().signIn('new@example.com', STRONG)).status).toBe(303);
  });

  it('need an address of their own, in any case, and a password that is not easily guessed', async () => {
    await expect(
      createUser(app.services, { email: 'ALICE@example.com', password: STRONG }, COMMAND),
    ).rejects.toMatchObject({
      status: 409,
      code: 'email_taken',
    });
    const weak = { email: 'new@example.com', password: 'password1234' };
    await expect(createUser(app.services, weak, COMMAND)).rejects.toMatchObject({
      status: 422,
      code: 'password_refused',
    });
    expect(await findAccountByEmail(app.db, 'new@example.com')).toBeUndefined();
    await createUser(app.services, weak, COMMAND, { checkPassword: false });
  });

  it('get another password, which ends their sessions and is told by mail', async () => {
    const alice = await app.as('alice');
    const account = { id: app.ids.alice, email: 'alice@example.com', name: 'Alice Owner' };
    await setPassword(app.services, account, STRONG, COMMAND);
    await alice.get('/account/').expect(303);
    expect((await app.visitor().signIn(account.email, STRONG)).status).toBe(303);
    await expect(setPassword(app.services, account, 'alice owner 1', COMMAND)).rejects.toMatchObject({ status: 422 });
    expect(await app.db('mail_message').where({ recipient: account.email })).toHaveLength(1);
  });

  describe('the last superuser', () => {
    const demote = (id: number) =>
      inTransaction(app.db, async (trx) => {
        await trx('auth_user').where({ id }).update({ is_superuser: false });
        await assertSuperuserRemains(trx);
      });

    it('cannot be demoted, switched off or removed', async () => {
      const { sam } = app.ids;
      await expect(demote(sam)).rejects.toMatchObject({ status: 409, code: 'last_superuser' });
      for (const act of [{ is_active: false }, undefined]) {
        const removing = inTransaction(app.db, async (trx) => {
          const row = trx('auth_user').where({ id: sam });
          await (act === undefined ? row.delete() : row.update(act));
          await assertSuperuserRemains(trx);
        });
        await expect(removing).rejects.toMatchObject({ code: 'last_superuser' });
      }
      expect(await findAccount(app.db, sam)).toMatchObject({ isSuperuser: true, isActive: true });
    });

    it('stays when the last two are demoted at the same moment', async () => {
      const { sam, bob } = app.ids;
      for (let round = 0; round < 5; round++) {
        await app.db('auth_user').whereIn('id', [sam, bob]).update({ is_superuser: true });
        const results = await Promise.allSettled([demote(sam), demote(bob)]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(await app.db('auth_user').where({ is_superuser: true })).toHaveLength(1);
      }
    });

    it('is kept by what follows a change in the admin', async () => {
      const before = { id: app.ids.sam, email: 'sam@example.com', name: 'Sam', isActive: true, isSuperuser: true };
      for (const after of [{ ...before, isSuperuser: false }, { ...before, isActive: false }, undefined]) {
        const change = inTransaction(app.db, async (trx) => {
          const row = trx('auth_user').where({ id: before.id });
          await (after ? row.update({ is_superuser: after.isSuperuser, is_active: after.isActive }) : row.delete());
          await settleUserChange(app.services, trx, before, after);
        });
        await expect(change).rejects.toMatchObject({ code: 'last_superuser' });
      }
    });
  });

  it('that are switched off in the admin lose their sessions and links; a new address is told to the old one', async () => {
    const alice = await app.as('alice');
    await app.visitor().post('/password/reset', { email: 'alice@example.com' });
    const before = { id: app.ids.alice, email: 'alice@example.com', name: 'Alice', isActive: true, isSuperuser: false };
    await inTransaction(app.db, (trx) => settleUserChange(app.services, trx, before, { ...before, isActive: false }));
    await alice.get('/account/').expect(303);
    expect(await app.db('auth_token').where({ user_id: app.ids.alice })).toHaveLength(0);
    await inTransaction(app.db, (trx) =>
      settleUserChange(app.services, trx, before, { ...before, email: 'a@new.example' }),
    );
    const [letter] = await app.db('mail_message').where({ recipient: 'alice@example.com' }).orderBy('id', 'desc');
    expect(letter.subject).toBe('Your e-mail address was changed');
  });

  it('leave nothing behind that has run out', async () => {
    await app.as('alice');
    await app.visitor().signIn('alice@example.com', 'wrong');
    await app.visitor().post('/password/reset', { email: 'alice@example.com' });
    expect(await cleanUp(app.services)).toEqual({ sessions: 0, programs: 0, tokens: 0, throttles: 0 });
    app.clock.advance(9 * 3600_000);
    expect(await cleanUp(app.services)).toMatchObject({ sessions: 1, tokens: 1 });
    expect(await app.db('auth_throttle')).toHaveLength(0);
  });
});
