import fc from 'fast-check';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

let t: TestApp;
let sam: Visitor;

const LIST = '/admin/teams/flag/';

beforeAll(async () => {
  t = await testApp();
  sam = await t.as('sam');
  const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
  await t.db('teams_flag').delete();
  await t.db('teams_flag').insert([
    { name: 'checkout_v2', note: 'The new checkout page', everyone: true, staff: true, percent: 10, ...stamps },
    { name: 'checkout_express', note: 'One click', everyone: false, staff: false, percent: 50.5, ...stamps },
    { name: 'search', note: 'New search with 100% recall', everyone: null, staff: true, percent: null, ...stamps },
    { name: 'search_1', note: 'Ranking of the checkout', everyone: null, staff: false, percent: null, ...stamps },
  ]);
});
afterAll(() => t?.close());

/** The names in the order of the list. */
async function names(query: string): Promise<string[]> {
  const text = (await sam.get(LIST + query).expect(200)).text.replaceAll('<wbr>', '');
  return [...text.matchAll(/<th scope="row"><a[^>]*>([^<]+)<\/a>/g)].map((match) => match[1] ?? '');
}

describe('the list of a model', () => {
  it('shows every object, ordered as declared', async () => {
    expect(await names('')).toEqual(['checkout_express', 'checkout_v2', 'search', 'search_1']);
  });

  it('finds objects in which every word matches some field', async () => {
    expect(await names('?q=checkout')).toEqual(['checkout_express', 'checkout_v2', 'search_1']);
    expect(await names('?q=checkout+CLICK')).toEqual(['checkout_express']);
    expect(await names('?q=%22new+checkout%22')).toEqual(['checkout_v2']);
  });

  it('takes wildcards of SQL literally', async () => {
    expect(await names('?q=%25')).toEqual(['search']);
    expect(await names('?q=search_')).toEqual(['search_1']);
    expect(await names('?q=%5C')).toEqual([]);
  });

  it('combines filters by AND and counts what each choice would leave', async () => {
    expect(await names('?everyone__isnull=1')).toEqual(['search', 'search_1']);
    expect(await names('?everyone__isnull=1&staff__exact=1')).toEqual(['search']);
    const { text } = await sam.get(`${LIST}?staff__exact=1`).expect(200);
    const group = text.slice(text.indexOf('By everyone'), text.indexOf('By superusers'));
    const counts = [...group.matchAll(/<span>([^<]+)<\/span><span class="ff-filter-count">(\d+)</g)].map((m) => [
      m[1],
      m[2],
    ]);
    expect(counts).toEqual([
      ['Yes', '1'],
      ['No', '0'],
      ['Rules', '1'],
    ]);
  });

  it('sorts by several columns, empty values last either way', async () => {
    expect(await names('?o=-1')).toEqual(['search_1', 'search', 'checkout_v2', 'checkout_express']);
  });

  it('puts empty values last, whichever way a column sorts', async () => {
    const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
    await t.db('auth_user').update({ last_login_at: null });
    await t.db('auth_user').insert([
      { email: 'early@example.com', last_login_at: '2026-01-01T00:00:00.000Z', ...stamps },
      { email: 'late@example.com', last_login_at: '2026-02-01T00:00:00.000Z', ...stamps },
    ]);
    const first = async (order: string) =>
      [
        ...(await sam.get(`/admin/auth/user/?o=${order}`)).text
          .replaceAll('<wbr>', '')
          .matchAll(/<th scope="row"><a[^>]*>([^<]+)<\/a>/g),
      ]
        .slice(0, 2)
        .map((match) => match[1]);
    const position = (await sam.get('/admin/auth/user/')).text.match(/href="\?o=(\d+)" id="sort-last_login_at"/)?.[1];
    expect(await first(`${position}`)).toEqual(['early@example.com', 'late@example.com']);
    expect(await first(`-${position}`)).toEqual(['late@example.com', 'early@example.com']);
    await t.db('auth_user').whereIn('email', ['early@example.com', 'late@example.com']).delete();
  });

  it('drops what the address does not mean, with a message', async () => {
    const response = await sam.get(`${LIST}?q=search&password_hash__startswith=a&o=99&staff__exact=2`).expect(303);
    expect(response.headers.location).toBe(`${LIST}?q=search`);
    expect((await sam.get(`${LIST}?q=search`)).text).toContain(
      'does not have (password_hash__startswith, o, staff__exact)',
    );
  });

  it('shows the last page when a page beyond it is asked for', async () => {
    expect(await names('?p=999')).toHaveLength(4);
  });

  it('pages through what a search finds, in any order, and ends with the last page', async () => {
    const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
    const numbered = (index: number): string => `paged_${String(index).padStart(3, '0')}`;
    const many = Array.from({ length: 230 }, (_, index) => ({ name: numbered(index), staff: index < 220, ...stamps }));
    await t.db.batchInsert('teams_flag', many, 100);
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => numbered(from + index));
    expect(await names('?q=paged&p=2')).toEqual(range(100, 200));
    expect(await names('?q=paged&staff__exact=1&o=-1&p=2')).toEqual(range(20, 120).reverse());
    expect(await names('?q=paged&p=999')).toEqual(range(200, 230));
    expect(await names('?q=paged&all=')).toEqual(range(0, 230));
    await t.db('teams_flag').where('name', 'like', 'paged%').delete();
  });

  it('finds what stands far from the beginning of a long list', async () => {
    const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
    const numbered = (index: number): string => `far_${String(index).padStart(5, '0')}`;
    const before = Array.from({ length: 2_500 }, (_, index) => ({ name: `a_${index}`, note: '', ...stamps }));
    const found = Array.from({ length: 10_500 }, (_, index) => ({ name: numbered(index), note: 'Remote', ...stamps }));
    await t.db.batchInsert('teams_flag', [...before, ...found], 100);
    const page = (first: number) => Array.from({ length: 100 }, (_, index) => numbered(first + index));
    expect(await names('?q=remote')).toEqual(page(0));
    expect(await names('?q=far_+remote&p=105')).toEqual(page(10_400));
    expect(await names('?q=remote&staff__exact=0&o=-1')).toEqual(page(10_400).reverse());
    expect(await names('?staff__exact=0&q=remote&p=2')).toEqual(page(100));
    expect(await names('?q=far_012')).toEqual(page(1_200));
    expect(await names('?q=remote&staff__exact=1')).toEqual([]);
    expect(await t.countQueries(() => sam.get(`${LIST}?q=remote`).expect(200))).toBeLessThanOrEqual(6);
    await t.db('teams_flag').whereLike('name', 'far%').orWhereLike('name', 'a_%').delete();
  });

  it('answers htmx with the list alone, and says that the answer depends on it', async () => {
    const response = await sam.htmxGet(`${LIST}?q=search`).expect(200);
    expect(response.text).not.toContain('<html');
    expect(response.text).toContain('id="changelist"');
    expect(response.text).toMatch(/hx-target="#changelist-exports".*href="[^"]+export\/\?q=search&amp;format=csv"/s);
    expect(response.headers.vary).toMatch(/HX-Request/);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('needs six statements at most, however many rows it shows', async () => {
    const few = await t.countQueries(() => sam.get(LIST).expect(200));
    const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
    const many = Array.from({ length: 150 }, (_, index) => ({ name: `zz_${index}`, ...stamps }));
    await t.db.batchInsert('teams_flag', many, 50);
    const more = await t.countQueries(() => sam.get(`${LIST}?q=zz`).expect(200));
    await t.db('teams_flag').where('name', 'like', 'zz%').delete();
    expect(few).toBeLessThanOrEqual(6);
    expect(more).toBeLessThanOrEqual(6);
  });

  it('keeps search and filters on the way to an object and back', async () => {
    const { text } = await sam.get(`${LIST}?q=express`).expect(200);
    const [, id] = /\/admin\/teams\/flag\/(\d+)\/change\/\?_changelist_filters=%3Fq%3Dexpress/.exec(text) ?? [];
    const form = await sam.get(`${LIST}${id}/change/?_changelist_filters=%3Fq%3Dexpress`).expect(200);
    const version = /name="version" value="([^"]+)"/.exec(form.text)?.[1] ?? '';
    const fields = {
      name: 'checkout_express',
      note: 'Two clicks',
      everyone: 'no',
      percent: '50.5',
      superusers: 'on',
      languages: '',
    };
    const saved = await sam.post(`${LIST}${id}/change/`, {
      ...fields,
      version,
      _changelist_filters: '?q=express',
      _save: '1',
    });
    expect([saved.status, saved.headers.location]).toEqual([303, `${LIST}?q=express`]);
  });
});

describe('an export', () => {
  it('holds what the list shows, and no cell that a spreadsheet would run', async () => {
    const id = (await t.db('teams_flag').where({ name: 'search' }).first('id')) as { id: number };
    await t.db('teams_flag').where(id).update({ note: '=1+1' });
    const csv = await sam.get(`${LIST}export/?format=csv&q=search`).expect(200);
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="teams-flag-/);
    expect(csv.text).toContain("'=1+1");
    expect(csv.text).not.toMatch(/(^|,|")=1\+1/m);
    const json = await sam.get(`${LIST}export/?format=json&q=search`).expect(200);
    expect((json.body as { name: string }[]).map(({ name }) => name)).toEqual(['search', 'search_1']);
  });
});

describe('any address of a list', () => {
  const parameter = fc.oneof(
    fc.constantFrom(
      'q',
      'o',
      'p',
      'all',
      'everyone__exact',
      'everyone__isnull',
      'staff__exact',
      'name',
      'created_at__year',
      '__proto__',
      'constructor',
      '_ids',
      'e',
    ),
    fc.string({ maxLength: 12 }),
  );
  const value = fc.oneof(
    fc.constantFrom(
      '',
      '1',
      '-1',
      '0',
      '99999999999999999999',
      '1.2.3',
      '-',
      'NaN',
      '%',
      "'; drop table auth_user; --",
      '\u0000',
      '🙂',
    ),
    fc.string({ maxLength: 40 }),
  );

  it('is answered with a page or a redirect, never with a fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(parameter, value), { maxLength: 5 }), async (pairs) => {
        const query = new URLSearchParams(pairs).toString();
        const { status } = await sam.get(`${LIST}?${query}`);
        expect([200, 303]).toContain(status);
      }),
      { numRuns: 60 },
    );
  });
});
