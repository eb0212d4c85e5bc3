import { createHash } from 'node:crypto';
import pino from 'pino';
import { createTestDatabase } from '../../test/support/databases';
import { addPeople } from '../../test/support/people';
import { testClock, testConfig, Visitor } from '../../test/support/test-app';
import { createApp } from '../app';
import { readOutbox } from '../mail';
import { createServices } from '../services';

const WRONG = 'canary-wrong-Xk29';
const NEXT = 'canary tulip verdigris';

describe('secrets', () => {
  it('get into no log line, no audit entry, no page and no row, whatever people do with their accounts', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const database = await createTestDatabase();
    const clock = testClock();
    const services = createServices(testConfig(database.config), { clock, log });
    await addPeople(services.db, clock.now());
    await services.start();
    const app = createApp(services);
    const pages: string[] = [];
    const secrets = [WRONG, NEXT, 'correct horse battery'];
    try {
      const visitor = new Visitor(app);
      const send = async (url: string, fields: Record<string, string>) => {
        const { text, headers } = await visitor.post(url, fields);
        pages.push(text);
        for (const cookie of (headers['set-cookie'] ?? []) as unknown as string[]) {
          secrets.push(
            decodeURIComponent(cookie.split(';')[0]?.split('=')[1] ?? '')
              .replace(/^s:/, '')
              .split('.')[0] ?? '',
          );
        }
      };
      await send('/login', { email: 'alice@example.com', password: WRONG });
      await send('/password/reset', { email: 'alice@example.com' });
      await send('/signup', { email: 'new@example.com' });
      await services.mail.deliverDue();
      for (const { text } of await readOutbox(services.config.dataDir)) {
        const [link = '', token = ''] = /\/(?:verify|password\/reset)\/([\w-]{43})/.exec(text) ?? [];
        if (token === '') continue;
        secrets.push(token);
        await visitor.get(link);
        await send(link, { password: 'password1234', name: 'N' });
        await send(link, { password: NEXT, name: 'N' });
      }
      await visitor.post('/logout');
      const alice = new Visitor(app);
      await alice.signIn('alice@example.com', NEXT);
      pages.push((await alice.post('/account/password', { current_password: WRONG, new_password: NEXT })).text);
      // A database that fails must not print what was to be written.
      await services.db.schema.dropTable('auth_throttle');
      pages.push((await new Visitor(app).post('/login', { email: 'alice@example.com', password: WRONG })).text);
      expect(lines.some((line) => line.includes('"level":50'))).toBe(true);

      const hashes = (await services.db('auth_user').select('password_hash')) as { password_hash: string }[];
      const logged = lines.join('');
      const audit = JSON.stringify(await services.db('audit_entry'));
      for (const secret of [...secrets, ...hashes.map(({ password_hash }) => password_hash)].filter(Boolean)) {
        expect(logged).not.toContain(secret);
        expect(audit).not.toContain(secret);
        expect(logged).not.toContain(createHash('sha256').update(secret).digest('hex'));
      }
      for (const password of [WRONG, NEXT]) expect(pages.join('')).not.toContain(password);
      expect(secrets.length).toBeGreaterThanOrEqual(6);
      for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    } finally {
      await services.stop();
      await database.drop();
    }
  });
});
