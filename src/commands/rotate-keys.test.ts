import { manage } from '../../test/support/manage';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { inTransaction } from '../db';
import { sealedColumns } from '../integrations';
import { seal, unseal } from '../lib/seal';
import { SEALED } from './rotate-keys';

const OLD = 'old-encryption-key-0123456789-abcdefghijk';
const NEW = 'new-encryption-key-0123456789-abcdefghijk';

describe('manage rotate-keys', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await testApp({ environment: { ENCRYPTION_KEY: OLD } });
    await t.services.mail.stop();
    await t.services.jobs.stop();
  });
  beforeEach(async () => {
    for (const { table } of SEALED) await t.db(table).delete();
    const now = t.clock.now().toISOString();
    const person = { user_id: t.ids.alice, external_id: '1', created_at: now, modified_at: now };
    for (const provider of ['dropbox', 'jira']) {
      await t.db('integration_connections').insert({ ...person, provider });
    }
    const visit = { state_hash: 'a', session_hash: 'b', user_id: t.ids.alice, provider: 'jira', verifier: '' };
    await t.db('integration_visits').insert({ ...visit, created_at: now, expires_at: now });
    await t.db('integration_revocations').insert({ reference: 'r', provider: 'jira', created_at: now });
    for (const column of sealedColumns) await sealAll(column, [OLD]);
    await inTransaction(t.db, (trx) =>
      t.services.mail.queueAll(
        trx,
        Array.from({ length: 450 }, (_, n) => ({ to: 'ada@example.com', subject: 'A', text: `Letter ${n}` })),
      ),
    );
  });
  afterAll(() => t?.close());

  const sealAll = async ({ table, column, place }: (typeof SEALED)[number], keys: string[], ids?: number[]) => {
    const rows = (await t.db(table)) as ({ id: number } & Record<string, unknown>)[];
    for (const row of rows.filter(({ id }) => ids?.includes(id) ?? true)) {
      await t
        .db(table)
        .where({ id: row.id })
        .update({ [column]: seal(keys, place(row), `secret ${row.id}`) });
    }
  };

  const rotate = (keys: readonly string[] = [NEW, OLD]) => {
    const services = { ...t.services, config: { ...t.services.config, encryptionKeys: keys } };
    return manage('rotate-keys', { services });
  };

  /** How many of all sealed values open with these keys, and how many there are. */
  const readable = async (keys: readonly string[]) => {
    let [open, all] = [0, 0];
    for (const { table, column, place } of SEALED) {
      for (const row of (await t.db(table).whereNotNull(column)) as Record<string, unknown>[]) {
        all += 1;
        if (unseal(keys, place(row), String(row[column])) !== undefined) open += 1;
      }
    }
    return { open, all };
  };

  const WHOLE = { open: 457, all: 457 };

  it('encrypts everything anew, so that the old key can go, and says how much it was', async () => {
    expect(await readable([OLD])).toEqual(WHOLE);
    expect(await readable([NEW])).toEqual({ ...WHOLE, open: 0 });
    const result = await rotate();
    expect(result).toMatchObject({ code: 0, err: '' });
    expect(result.out).toContain('mail_message.body: 450 values encrypted anew.');
    expect(result.out).toContain('Encrypted 457 values anew; 0 values had the first key already.');
    expect(result.out).toContain('Nothing needs the other keys');
    expect(await readable([NEW])).toEqual(WHOLE);
    const [entry] = await listEntries(t.db, { limit: 1 });
    expect(entry).toMatchObject({ action: 'rotate_keys', actorType: 'command' });
    expect(JSON.parse(entry?.after ?? '')).toEqual({ renewed: 457, kept: 0, unreadable: 0 });
    expect((await rotate()).out).toContain('Encrypted 0 values anew; 457 values had the first key already.');
  });

  it('goes on where it was cut short, while others read', async () => {
    // One value of the second batch was not reached.
    const [{ body, id }] = await t.db('mail_message').orderBy('id').offset(300).limit(1);
    await t.db('mail_message').where({ id }).update({ body: null });
    await rotate();
    await t.db('mail_message').where({ id }).update({ body });
    const failed: unknown[] = [];
    let done = false;
    const reading = (async () => {
      while (!done) {
        const { open, all } = await readable([OLD, NEW]);
        if (open !== all) failed.push({ open, all });
      }
    })();
    const { out } = await rotate();
    done = true;
    await reading;
    expect(out).toContain('Encrypted 1 value anew; 456 values had the first key already.');
    expect(failed).toEqual([]);
    expect(await readable([NEW])).toEqual(WHOLE);
  });

  it('leaves what no key opens, and says so', async () => {
    await t.db('integration_connections').where({ provider: 'jira' }).update({ access_token: 'v1.00000000.AAAA' });
    const result = await rotate();
    expect(result.code).toBe(1);
    expect(result.err).toContain(
      'integration_connections.access_token: 1 value cannot be read with any of the keys; left.',
    );
    expect(result.out).not.toContain('Nothing needs the other keys');
    expect(await readable([NEW])).toEqual({ ...WHOLE, open: 456 });
  });
});
