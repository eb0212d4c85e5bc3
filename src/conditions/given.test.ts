import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratchDirectory } from '../../test/support/run-state';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { toDbTime } from '../db';

const LIST = '/admin/flags/flag/';
const NAME = 'shows.seats.choose';
const IN_SETTINGS = 'shows.settings.only';
const FLAG = `${LIST}${NAME}/`;
const GIVEN = `${FLAG}given/`;

let app: TestApp;
let bob: Visitor;
let vera: Visitor;

beforeAll(async () => {
  const file = path.join(mkdtempSync(path.join(scratchDirectory(), 'flags-')), 'flags.yaml');
  writeFileSync(file, `flags:\n  ${IN_SETTINGS}: true\n`);
  app = await testApp({ environment: { FEATURE_FLAGS_FILE: file } });
  [bob, vera] = [await app.as('bob'), await app.as('vera')];
  await app.services.conditionFlags.createFlag({ name: NAME, default: true });
});
afterAll(() => app.close());

const words = (text: string): string =>
  text
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** A page in its words. */
const read = async (url: string, visitor = vera): Promise<string> => words((await visitor.get(url).expect(200)).text);

const section = (text: string): string => /<section[^>]* id="flag-given".*?<\/section>/s.exec(text)?.[0] ?? '';

/** What the form sends besides its checkbox. */
async function form(name = NAME): Promise<{ sample_rate: string; version: string }> {
  const text = section((await bob.get(`${LIST}${name}/change/`).expect(200)).text);
  const [, version = ''] = /name="version" value="([0-9a-f]+)"/.exec(text) ?? [];
  return { sample_rate: '100', version };
}

const tracking = async (name = NAME) => {
  const row = await app.db('flags_flaginfo').where({ name }).first('track_usage', 'sample_rate');
  return [Boolean(row?.track_usage), Number(row?.sample_rate)];
};

describe('saying that rows are kept', () => {
  it('is saved in place and by a plain form, also for a flag that only the settings have', async () => {
    const asked = await bob.htmxPost(`${FLAG}tracking/`, {
      ...(await form()),
      track_usage: 'on',
      sample_rate: '12,5 %',
    });
    expect([asked.status, asked.text.trimStart().startsWith('<section class="ff-fieldset" id="flag-given"')]).toEqual([
      200,
      true,
    ]);
    expect(words(asked.text)).toContain(`Saved for ${NAME}: rows are kept for 12.5% of the evaluations.`);
    expect(await tracking()).toEqual([true, 12.5]);
    const plain = await bob.post(`${LIST}${IN_SETTINGS}/tracking/`, {
      ...(await form(IN_SETTINGS)),
      track_usage: 'on',
    });
    expect([plain.status, plain.headers.location]).toEqual([303, `${LIST}${IN_SETTINGS}/change/`]);
    expect(await tracking(IN_SETTINGS)).toEqual([true, 100]);
    expect(app.services.conditionFlags.isEnabled(IN_SETTINGS)).toBe(true);
    expect(await read(`${FLAG}history/`)).toContain('Keeps rows of who gets it, for 12.5% of the evaluations.');
    expect((await bob.post(`${LIST}nobody.knows.this/tracking/`, await form())).status).toBe(404);
  });

  it('tells what is wrong beside the field, keeps what was typed, and changes nothing', async () => {
    for (const sample_rate of ['', '0', '0.00', '100.01', '12.345', 'many', '-5', '1e1', '<b>']) {
      const { version } = await form();
      for (const refused of [
        await bob.htmxPost(`${FLAG}tracking/`, { version, sample_rate }),
        await bob.post(`${FLAG}tracking/`, { version, sample_rate }),
      ]) {
        const part = section(refused.text);
        expect({ sample_rate, status: refused.status }).toEqual({ sample_rate, status: 422 });
        expect(part).toContain('Write a percentage above 0 and up to 100');
        expect(part).toContain(`value="${sample_rate.replace('<', '&lt;').replace('>', '&gt;')}"`);
        expect(part).not.toContain(' checked');
      }
    }
    expect(await tracking()).toEqual([true, 12.5]);
  });

  it('says when somebody else was faster, and goes on from there', async () => {
    const { version } = await form();
    const sam = await app.as('sam');
    await sam.post(`${FLAG}tracking/`, { version, sample_rate: '50', track_usage: 'on' });
    for (const post of ['htmxPost', 'post'] as const) {
      const stale = await bob[post](`${FLAG}tracking/`, { version, sample_rate: '25' });
      expect(stale.status).toBe(409);
      const part = section(stale.text);
      expect(part).toContain('rows are kept for 50% of the evaluations now');
      expect(part).toContain('value="25"');
      expect(part).not.toContain(' checked');
    }
    expect(await tracking()).toEqual([true, 50]);
    const same = await bob.htmxPost(`${FLAG}tracking/`, { version, sample_rate: '50', track_usage: 'on' });
    expect(same.status).toBe(200);
    const { version: fresh } = await form();
    const rates = ['10', '20', '30', '40', '60', '70'];
    const saves = rates.map((sample_rate) => bob.post(`${FLAG}tracking/`, { version: fresh, sample_rate }));
    expect((await Promise.all(saves)).map(({ status }) => status).sort()).toEqual([303, 409, 409, 409, 409, 409]);
    const { version: last } = await form();
    await bob.post(`${FLAG}tracking/`, { version: last, sample_rate: '100', track_usage: 'on' });
    expect(await tracking()).toEqual([true, 100]);
  });

  it('is for those who may change flags; others read it', async () => {
    const text = section((await vera.get(`${FLAG}change/`).expect(200)).text);
    expect(text).toContain('Rows are kept for 100% of the evaluations.');
    expect(text).not.toContain('<form');
    expect((await vera.post(`${FLAG}tracking/`, await form())).status).toBe(403);
  });
});

describe('the rows', () => {
  it('say in words why there are none', async () => {
    expect(await read(GIVEN)).toContain('Nobody has asked so far');
    expect(await read(`${GIVEN}?q=ada`)).toContain('Nobody with “ada” in the name or e-mail address');
    await app.services.conditionFlags.createFlag({ name: 'shows.quiet.view' });
    expect(await read(`${LIST}shows.quiet.view/given/`)).toContain('No rows are kept');
    expect(await read(`${FLAG}change/`)).toContain('No rows yet.');
  });

  it('come the newest first, by answer with counts, by person, in pages, with the same number of statements', async () => {
    const alice = { id: app.ids.alice, email: 'alice@example.com', isStaff: false, groups: [] };
    app.services.conditionFlags.isEnabled(NAME, { viewer: alice }); // noted, and not yet written
    expect(await read(GIVEN)).toContain('1 row');
    const start = app.clock.now().getTime() - 86_400_000;
    const rows = Array.from({ length: 120 }, (_, index) => ({
      flag: NAME,
      user_id: index % 3 === 0 ? app.ids.charlie : app.ids.bob,
      enabled: index % 4 === 0,
      at: toDbTime(new Date(start + index * 60_000)),
    }));
    await app.db('auth_user').where({ id: app.ids.charlie }).update({ name: 'Åsa 100%' });
    await app.db.batchInsert('flags_featureflagusage', rows, 60);
    await app.db('flags_featureflagusage').insert({ ...rows[0], flag: IN_SETTINGS });

    const people = async (query: string): Promise<string[]> => {
      const { text } = await vera.get(`${GIVEN}?${query}`).expect(200);
      return [...text.matchAll(/<th scope="row"><a [^>]*>([^<@]+)@/g)].map(([, who = '']) => who);
    };
    expect((await people('')).slice(0, 4)).toEqual(['alice', 'bob', 'bob', 'charlie']);
    expect(await read(GIVEN)).toMatch(/All 121 On 31 Off 90 .*121 rows.*1–50 of 121/);
    expect(await people('p=3')).toHaveLength(21);
    expect(await people('p=99')).toEqual(await people('p=3'));
    expect(await read(`${GIVEN}?answer=on`)).toMatch(/1–31 of 31/);
    expect(await read(`${GIVEN}?answer=off&p=2`)).toMatch(/51–90 of 90/);
    for (const q of ['CHARLIE', 'åsa', 'Åsa 100%', 'example charlie'])
      expect(await read(`${GIVEN}?q=${encodeURIComponent(q)}`)).toMatch(/All 40 On 10 Off 30/);
    for (const q of ['100_', 'åsa bob', '"Åsa  100"', '\u0000zzz'])
      expect(await read(`${GIVEN}?q=${encodeURIComponent(q)}`)).toContain('No rows match');
    expect(await read(`${GIVEN}?q=alice&answer=off`)).toMatch(/No rows match.*Clear search/);
    const part = await vera.htmxGet(`${GIVEN}?q=alice`);
    expect([part.text.includes('<html'), part.text.includes('id="changelist"')]).toEqual([false, true]);

    const statements = (url: string) => app.countQueries(() => vera.get(url).expect(200));
    const full = await statements(GIVEN);
    expect(await statements(`${GIVEN}?q=alice`)).toBe(full);
    expect(await statements(`${LIST}${IN_SETTINGS}/given/`)).toBe(full);
  });

  it('are for those who may look at people; others see how many there are', async () => {
    const { text } = await bob.get(`${FLAG}change/`).expect(200);
    expect(words(section(text))).toContain('121 rows so far. They are shown to those who may look at people.');
    expect(text).not.toContain(GIVEN);
    expect((await vera.get(`${FLAG}change/`)).text).toContain(`<a href="${GIVEN}">See who was given it (121 rows)</a>`);
    for (const url of [GIVEN, `${GIVEN}export/`]) {
      expect((await bob.get(url)).status).toBe(403);
      expect((await (await app.as('alice')).get(url)).status).toBe(404);
    }
    expect((await vera.get(`${LIST}nobody.knows.this/given/`)).status).toBe(404);
  });

  it('leave as CSV that starts no formula, and the history says who took them', async () => {
    await app.db('auth_user').where({ id: app.ids.alice }).update({ name: '=1+1' });
    const { text, headers } = await vera.get(`${GIVEN}export/?q=alice&answer=on`).expect(200);
    expect(headers['content-disposition']).toMatch(/filename=given-shows\.seats\.choose-\d{4}-\d\d-\d\d\.csv$/);
    const [head, line, ...rest] = text.replace('\uFEFF', '').trim().split('\r\n');
    expect([head, rest]).toEqual(['at,email,name,flag,enabled', []]);
    expect(line).toMatch(/Z,alice@example\.com,'=1\+1,shows\.seats\.choose,yes$/);
    const entry = await app.db('audit_entry').where({ action: 'export' }).orderBy('seq', 'desc').first();
    expect(entry).toMatchObject({ object_type: 'flags.flag', object_id: NAME, actor_label: 'vera@example.com' });
    expect(JSON.parse(entry.after)).toEqual({ format: 'csv', rows: 1, query: 'q=alice&answer=on' });
    expect(await read(`${FLAG}history/`)).toContain('Exported 1 row of who was given it as CSV.');
  });

  it('go with the flag', async () => {
    expect(await read(`${FLAG}delete/`, bob)).toContain('121 rows of who was given it go, too.');
    await bob.post(`${FLAG}delete/`);
    const left = await app.db('flags_featureflagusage').pluck('flag');
    expect(left).toEqual([IN_SETTINGS]);
  });
});
