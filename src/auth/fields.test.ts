import fc from 'fast-check';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { setupToken } from './setup';

const OPEN = [
  '/signup',
  '/password/reset',
  '/password/reset/none',
  '/verify/none',
  '/account/email/none',
  '/setup',
  '/setup/superuser',
];
const OWN = [
  '/account/',
  '/account/theme',
  '/account/password',
  '/account/email',
  '/account/sessions/end',
  '/account/github/disconnect',
];
const NAMES = [
  ...[
    'email',
    'password',
    'current_password',
    'new_password',
    'name',
    'language',
    'timeZone',
    'theme',
    'next',
    'token',
  ],
  ...['session', 'email[]', 'name[x]', '__proto__', 'constructor', 'toString', 'is_superuser', 'id'],
];

/** What a field may be sent as: any text, several texts, nothing, or very much. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    '',
    'null',
    '[]',
    '{}',
    '0',
    '-1',
    '\u0000',
    '\ud800',
    '%',
    'a@b.example',
    "'--",
    '<script>',
    '../..',
    'x'.repeat(20_000),
  ),
);
const form = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 10 })), text), {
  maxLength: 8,
});

describe('every field about accounts', () => {
  let app: TestApp;
  let alice: Visitor;
  beforeAll(async () => {
    app = await testApp();
    alice = await app.as('alice');
  });
  afterAll(() => app.close());

  const post = async (visitor: Visitor, url: string, fields: [string, string][]) => {
    const body = new URLSearchParams(fields.filter(([name]) => name !== '_csrf'));
    body.set('_csrf', await visitor.csrfToken());
    return visitor.agent.post(url).type('form').send(body.toString());
  };

  it.each([
    ['signed out', OPEN],
    ['signed in', OWN],
  ] as const)(
    'gets an answer that is no fault of ours, %s',
    async (who, urls) => {
      const visitor = who === 'signed in' ? alice : app.visitor();
      const before = await app.db('auth_user').select('id', 'email', 'password_hash', 'is_superuser', 'session_epoch');
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...urls), form, async (url, fields) => {
          app.clock.advance(5_000);
          const { status } = await post(visitor, url, fields);
          expect(status).toBeGreaterThanOrEqual(300);
          expect(status).toBeLessThan(500);
        }),
        { numRuns: 250 },
      );
      expect(await app.db('auth_user').select('id', 'email', 'password_hash', 'is_superuser', 'session_epoch')).toEqual(
        before,
      );
    },
    120_000,
  );

  it('has no place in the way to the first superuser either', async () => {
    const fresh = await testApp();
    try {
      await fresh.db('auth_user').update({ is_superuser: false });
      const visitor = fresh.visitor();
      const token = setupToken(fresh.services.config);
      await fc.assert(
        fc.asyncProperty(form, async (fields) => {
          const others = fields.filter(([name]) => name !== 'token');
          const { status } = await post(visitor, '/setup/superuser', [...others, ['token', token]]);
          expect([400, 422]).toContain(status);
        }),
        { numRuns: 80 },
      );
      expect(await fresh.db('auth_user').where({ is_superuser: true })).toHaveLength(0);
    } finally {
      await fresh.close();
    }
  }, 60_000);

  it('is read from the form alone, in the form’s own format', async () => {
    const token = await alice.csrfToken();
    const strange: [string, string, number][] = [
      ['application/json', '{"email":["a@b.example"]}', 415],
      ['text/plain', 'email=a@b.example', 415],
      ['multipart/form-data; boundary=x', '--x\r\n\r\n--x--', 415],
      ['application/x-www-form-urlencoded; charset=utf-7', 'email=a', 415],
      ['application/x-www-form-urlencoded', `email=${'x'.repeat(1_200_000)}`, 413],
    ];
    for (const [type, body, status] of strange) {
      await alice.agent
        .post('/account/email')
        .set('X-CSRF-Token', token)
        .set('Content-Type', type)
        .send(body)
        .expect(status);
    }
    await alice.agent
      .post('/account/')
      .query({ name: 'Q', language: 'en', timeZone: 'UTC' })
      .set('X-CSRF-Token', token)
      .type('form')
      .send('')
      .expect(422);
  });
});
