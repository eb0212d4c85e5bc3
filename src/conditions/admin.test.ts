import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratchDirectory } from '../../test/support/run-state';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

const LIST = '/admin/flags/flag/';
const NAME = 'shows.seats.choose';
const PAGE = `${LIST}${NAME}/`;

let app: TestApp;
let bob: Visitor;

beforeAll(async () => {
  const file = path.join(mkdtempSync(path.join(scratchDirectory(), 'flags-')), 'flags.yaml');
  writeFileSync(file, 'flags:\n  from.settings.never: [{boolean: false, required: true}]\n  from.settings.on: true\n');
  app = await testApp({ environment: { FEATURE_FLAGS_FILE: file } });
  bob = await app.as('bob');
});
afterAll(() => app.close());

/** The conditions of the database, as `kind: value`, with a mark on required ones. */
const conditions = async (name = NAME): Promise<string[]> =>
  (await app.db('flags_flagstate').where({ name }).orderBy('id')).map(
    ({ condition, value, required }) => `${condition}: ${value}${required ? ' !' : ''}`,
  );

/** The last condition with the version that its forms carry. */
async function last(name = NAME): Promise<{ url: string; version: string }> {
  const row = await app.db('flags_flagstate').where({ name }).orderBy('id', 'desc').first();
  const url = `${LIST}${name}/conditions/${row.id}/`;
  const { text } = await bob.htmxGet(`${url}?edit=1`);
  return { url, version: /name="version" value="([0-9a-f]+)"/.exec(text)?.[1] ?? '' };
}

const add = (condition: string, value: string, more: Record<string, string> = {}) =>
  bob.post(`${PAGE}conditions/`, { condition, value, ...more });

const page = async (url = `${PAGE}change/`): Promise<string> =>
  (await bob.get(url).expect(200)).text.replace(/\s+/g, ' ');

describe('adding a flag', () => {
  it('leads to its page, and refuses what cannot be a name with everything that was typed', async () => {
    const added = await bob.post(`${LIST}add/`, { name: NAME, description: 'Choosing seats.', _save: '1' });
    expect([added.status, added.headers.location]).toEqual([303, `${PAGE}change/`]);
    expect(await conditions()).toEqual(['boolean: false']);
    for (const [name, message] of [
      ['', 'Enter a name.'],
      ['two words', 'Use up to 100 letters'],
      ['..', 'Use up to 100 letters'],
      [NAME, 'There is already a flag'],
      ['from.settings.on', 'There is already a flag'],
    ] as const) {
      const refused = await bob.post(`${LIST}add/`, { name, description: 'Kept words.', default: 'on' });
      expect({ name, status: refused.status }).toEqual({ name, status: 422 });
      expect(refused.text).toContain(message);
      expect(refused.text).toContain('Kept words.');
    }
  });
});

describe('the page of a flag', () => {
  it('adds, changes, requires and removes conditions by plain forms', async () => {
    expect((await add('percent', '25')).headers.location).toBe(`${PAGE}change/`);
    expect(await conditions()).toEqual(['boolean: false', 'percent: 25']);
    expect(await page()).toContain('On when the person or visitor is within 25%.');
    let { url, version } = await last();
    await bob.post(url, { value: '40', required: 'on', version });
    expect(await conditions()).toEqual(['boolean: false', 'percent: 40 !']);
    ({ url, version } = await last());
    await bob.post(`${url}required/`, { to: 'no', version });
    ({ url, version } = await last());
    await bob.post(`${url}required/`, { to: 'no', version }); // repeating is harmless
    expect(await conditions()).toEqual(['boolean: false', 'percent: 40']);
    await bob.post(`${url}delete/`, { version });
    expect(await conditions()).toEqual(['boolean: false']);
    expect(await page(`${PAGE}history/`)).toMatch(
      /Removed percent: 40\..*no longer required.*Changed percent: 25 to percent: 40 \(required\).*Added.*Added the flag/,
    );
  });

  it('tells beside the field what is wrong, by the condition’s own kind, and loses nothing', async () => {
    const cases = [
      ['', 'x', 'Choose a condition.'],
      ['moon phase', 'full', 'There is no condition “moon phase”.'],
      ['percent', 'many', 'Write a percentage from 0 to 100'],
      ['path matches', '(', 'This pattern cannot be used'],
      ['user', 'nobody@example.com', 'There is no account with the address nobody@example.com.'],
      ['group', 'Nobody', 'There is no group called Nobody.'],
      ['boolean', 'false', 'This flag has this very condition already.'],
      ['boolean', 'x'.repeat(501), 'Use at most 500 characters.'],
    ] as const;
    const before = await conditions();
    for (const [condition, value, message] of cases) {
      const plain = await add(condition, value);
      const partial = await bob.htmxPost(`${PAGE}conditions/`, { condition, value });
      for (const { status, text } of [plain, partial]) {
        expect({ condition, value, status, told: text.includes(message) }).toEqual({
          condition,
          value,
          status: 422,
          told: true,
        });
        expect(text).toContain(`value="${value}"`);
      }
      expect(partial.text.trimStart().startsWith('<section class="ff-fieldset" id="add-condition"')).toBe(true);
    }
    const { url, version } = await last();
    const refused = await bob.htmxPost(url, { value: 'perhaps', version });
    expect([
      refused.status,
      refused.text.includes('value="perhaps"'),
      refused.text.includes('Write true or false'),
    ]).toEqual([422, true, true]);
    expect(await conditions()).toEqual(before);
  });

  it('answers htmx with the part, the state in words, and Undo, which works until somebody else changes something', async () => {
    const added = await bob.htmxPost(`${PAGE}conditions/`, { condition: 'staff', value: 'true' });
    expect(added.status).toBe(200);
    for (const part of [
      'hx-target="#conditions-stored"',
      'hx-target="#flag-state"',
      'Added staff: true.',
      'the person is staff',
    ])
      expect(added.text).toContain(part);
    const request = /name="request" value="([^"]+)"/.exec(added.text)?.[1] ?? '';
    const undone = await bob.htmxPost(`${PAGE}undo/`, { request });
    expect(undone.text).toContain('Undone');
    expect(await conditions()).toEqual(['boolean: false']);
    expect((await bob.htmxPost(`${PAGE}undo/`, { request })).text).toContain('nothing was undone');

    await add('staff', 'true');
    const { url, version } = await last();
    const removed = await bob.htmxPost(`${url}delete/`, { version });
    expect(removed.text).toMatch(/hx-target="#condition-\d+" hx-swap="delete"/);
    const later = /name="request" value="([^"]+)"/.exec(removed.text)?.[1] ?? '';
    await (await app.as('sam')).post(`${PAGE}conditions/`, { condition: 'authenticated', value: 'true' });
    expect((await bob.htmxPost(`${PAGE}undo/`, { request: later })).text).toContain('nothing was undone');
    expect(await conditions()).toEqual(['boolean: false', 'authenticated: true']);
    const stranger = await (await app.as('sam')).post(`${PAGE}undo/`, { request: later });
    expect(stranger.status).toBe(404);
  });

  it('shows both versions when somebody was faster, and goes on from there', async () => {
    const { url, version } = await last();
    const { version: other } = await last();
    await (await app.as('sam')).post(url, { value: 'false', version: other });
    const stale = await bob.htmxPost(url, { condition: 'authenticated', value: 'true', required: 'on', version });
    expect(stale.status).toBe(409);
    for (const part of ['authenticated: false', 'authenticated: true (required)', 'Save mine', 'Keep theirs'])
      expect(stale.text).toContain(part);
    const fresh = /name="version" value="([0-9a-f]+)"/.exec(stale.text)?.[1] ?? '';
    expect(fresh).not.toBe(version);
    expect((await bob.post(`${url}delete/`, { version })).status).toBe(409);
    expect((await bob.post(`${url}required/`, { version, to: 'yes' })).status).toBe(409);
    expect((await bob.post(url, { value: 'true', required: 'on', version: fresh })).status).toBe(303);
    expect(await conditions()).toEqual(['boolean: false', 'authenticated: true !']);

    const { version: now } = await last();
    await (await app.as('sam')).post(`${url}delete/`, { version: now });
    const gone = await bob.htmxPost(url, { condition: 'authenticated', value: 'no', version: now });
    expect(gone.status).toBe(409);
    expect(gone.text).toContain('This was removed meanwhile');
    expect(gone.text).toMatch(/name="value" value="no".*Add it again/s);
  });

  it('keeps the description, and says when somebody else wrote another', async () => {
    const version = /id="flag-about-form".*?name="version" value="([0-9a-f]+)"/.exec(await page())?.[1] ?? '';
    expect((await bob.post(`${PAGE}change/`, { description: 'Mine.', version })).status).toBe(303);
    const stale = await bob.post(`${PAGE}change/`, { description: 'Too late.', version });
    expect([stale.status, stale.text.includes('Too late.'), stale.text.includes('It now says: “Mine.”')]).toEqual([
      409,
      true,
      true,
    ]);
    expect((await app.db('flags_flaginfo').where({ name: NAME }).first()).description).toBe('Mine.');
  });

  it('tells what other sources say, and that what they require cannot be overridden', async () => {
    const text = await page(`${LIST}from.settings.never/change/`);
    expect(text).toContain('from.settings.never is enabled when the required condition holds.');
    expect(text).toContain('This cannot be overridden here');
    expect(text).toContain('all required conditions hold and any other condition holds');
    expect(text).toMatch(/Settings file <code>flags\.yaml<\/code>\. It is read when the process starts/);
    expect(text).not.toContain('/delete/"');
    await bob.post(`${LIST}from.settings.on/conditions/`, { condition: 'staff', value: 'true' });
    expect(await page(`${LIST}from.settings.on/change/`)).toContain(
      'conditions of the database only count when they are required',
    );
    const deleted = await bob.post(`${LIST}from.settings.on/delete/`);
    expect(deleted.headers.location).toBe(`${LIST}from.settings.on/change/`);
    expect((await bob.post(`${LIST}from.settings.on/delete/`)).status).toBe(404);
    expect((await bob.get(`${LIST}nobody.knows.this/change/`)).status).toBe(404);
  });

  it('tries a flag for somebody, with a path, a query and a time', async () => {
    const tryOut = async (query: string, visitor = bob) =>
      (await visitor.htmxGet(`${PAGE}test/?try=1&${query}`)).text.replace(/\s+/g, ' ');
    await add('user', 'alice@example.com');
    await add('path matches', '^/shows', { required: 'on' });
    expect(await tryOut('person__text=alice@example.com&path=/shows/1')).toMatch(
      />On<\/span> alice@example\.com – “the person is alice/,
    );
    expect(await tryOut(`person=${app.ids.alice}&path=/other`)).toContain(
      'the required condition “the path matches ^/shows” does not hold',
    );
    expect(await tryOut('path=/shows')).toContain('A visitor who is not signed in');
    expect(await tryOut('person__text=nobody@example.com')).toContain('There is no such person.');
    expect(await tryOut('time=yesterday')).toContain('Write a date and a time');
    expect(await page(`${PAGE}change/?try=1&path=/shows`)).toContain('A visitor who is not signed in');
    const vera = await app.as('vera');
    expect(await tryOut('person__text=alice@example.com&path=/shows/1', vera)).toContain('alice@example.com –');
    expect((await bob.htmxGet(`${LIST}people/?person__text=ali`)).text).toContain('alice@example.com');
  });
});

describe('the list', () => {
  it('says in words how each flag stands and where it comes from, and narrows', async () => {
    const text = await page(LIST);
    expect(text).toContain('from.settings.never');
    expect(text).toContain('Off for everyone: a required condition never holds.');
    const names = async (query: string) =>
      [
        ...(await page(`${LIST}?${query}`))
          .replaceAll('<wbr>', '')
          .matchAll(/<th scope="row"><a href="[^"]+">([^<]+)</g),
      ].map(([, name]) => name);
    expect(await names('q=from.settings')).toEqual(['from.settings.never', 'from.settings.on']);
    expect(await names('q=from.settings&standing=on')).toEqual(['from.settings.on']);
    expect(await names('q=choose')).toEqual([NAME]);
    expect(await names('q=choose&standing=on')).toEqual([]);
    expect((await bob.htmxGet(`${LIST}?q=choose`)).text).not.toContain('<html');
    const search = await page('/admin/search/?q=choose');
    expect(search).toContain(`${PAGE}change/`);
  });

  it('lets viewers look and change nothing', async () => {
    const vera = await app.as('vera');
    const { text } = await vera.get(`${PAGE}change/`).expect(200);
    expect(text).toContain('You may look at this flag, but not change it.');
    expect(text).not.toMatch(/id="add-condition"|Save description|>Remove</);
    expect((await vera.post(`${PAGE}conditions/`, { condition: 'staff', value: 'true' })).status).toBe(403);
    expect((await (await app.as('alice')).get(LIST)).status).toBe(404);
  });
});

describe('deleting', () => {
  it('says what goes, and leaves the history', async () => {
    expect(await page(`${PAGE}delete/`)).toContain('Code that asks for it will get off.');
    expect((await bob.post(`${PAGE}delete/`)).headers.location).toBe(LIST);
    expect(await conditions()).toEqual([]);
    expect(app.services.conditionFlags.flagState(NAME)).toBeUndefined();
    expect(await page(`${PAGE}history/`)).toContain('Deleted the flag with');
  });
});
