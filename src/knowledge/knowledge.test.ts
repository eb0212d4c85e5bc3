import { addArticles } from '../../test/support/articles';
import { setFeatures } from '../../test/support/features';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { searchArticles } from './queries';
import { search } from './search';

const HOME = '/dashboard/knowledge-base';

let t: TestApp;
let alice: Visitor;

beforeEach(async () => {
  t = await testApp();
  await setFeatures(t.db, 'arizona-comedy', ['knowledgeBaseEnabled']);
  await addArticles(t.db, [
    {
      slug: 'refund',
      title: 'Refund an order',
      summary: 'Give money back.',
      body: '## Steps\n\nOpen the **order**.\n\n## Later\n\nWait.',
    },
    {
      slug: 'payouts',
      title: 'When payouts arrive',
      body: 'Three days after the show. Refunds make them smaller.',
      category: 'Money',
    },
    {
      slug: 'cafe',
      title: 'A café at the door',
      body: 'Coffee and/or tea; write to door@example.com about will-call.',
    },
    { slug: 'draft', title: 'Refund draft', isPublished: false },
  ]);
  alice = await t.as('alice');
});

afterEach(() => t?.close());

const titles = async (text: string) => (await search(t.db, text)).hits.map(({ article }) => article.slug);

describe('searching articles', () => {
  it('finds beginnings of words, in titles first, and only what is published', async () => {
    expect(await titles('refund')).toEqual(['refund', 'payouts']);
    expect(await titles('refunding')).toEqual(['refund', 'payouts']);
    expect(await titles('payou')).toEqual(['payouts']);
    expect(await titles('draft')).toEqual([]);
  });

  it('finds words whatever stands around them, with and without accents', async () => {
    for (const text of ['cafe', 'CAFÉ', 'coffee', 'tea', 'will call', 'will-call', 'door@example.com', 'example']) {
      expect([text, await titles(text)]).toEqual([text, ['cafe']]);
    }
  });

  it('asks for all words, and says when only some were found', async () => {
    expect(await search(t.db, 'refund order')).toMatchObject({
      onlySome: false,
      hits: [{ article: { slug: 'refund' } }],
    });
    const some = await search(t.db, 'coffee payouts');
    expect(some.onlySome).toBe(true);
    expect(some.hits).toHaveLength(2);
    expect(await search(t.db, 'zeppelin balloon')).toEqual({ hits: [], onlySome: false, more: false });
  });

  it('follows every change of an article', async () => {
    await t
      .db('knowledge_article')
      .where({ slug: 'refund' })
      .update({ title: 'Zeppelin rides', body: 'Fly.', summary: '' });
    expect(await titles('zeppelin')).toEqual(['refund']);
    expect(await titles('refund')).toEqual(['payouts']);
    await t.db('knowledge_article').where({ slug: 'draft' }).update({ is_published: true });
    expect(await titles('draft')).toEqual(['draft']);
    await t.db('knowledge_article').where({ slug: 'refund' }).delete();
    expect(await titles('zeppelin')).toEqual([]);
  });

  it('answers whatever is typed without a fault', async () => {
    const hostile = [
      ...[
        '"',
        "'",
        '*',
        '-',
        '(',
        ')',
        ':',
        '^',
        '\\',
        '%',
        '_',
        '&',
        '|',
        '!',
        '<->',
        '{}',
        '[]',
        '..',
        ';--',
        '\u0000',
      ],
      ...['refund"', '"refund', 'refund*', 'title:refund', 'refund AND', 'NOT refund', 'NEAR(refund, 2)', 'OR OR OR'],
      ...[
        "refund' or 1=1 --",
        "'; drop table knowledge_article; --",
        'refund & | !',
        'a:*b',
        ':*',
        "''",
        '😀',
        '\uD800',
      ],
      ...['𝔯𝔢𝔣𝔲𝔫𝔡', '٣٤', '²', 'ﬁ', 'ß', '漢字', 'x'.repeat(5_000), 'word '.repeat(500), '<script>alert(1)</script>'],
    ];
    for (const q of hostile) {
      const { status, text } = await alice.get(`${HOME}?q=${encodeURIComponent(q.replace(/\p{Cs}/gu, ''))}`);
      expect([q.slice(0, 40), status]).toEqual([q.slice(0, 40), 200]);
      expect(text).not.toContain('<script>alert');
      await search(t.db, q);
    }
    await alice.get(`${HOME}?q=%00%ff`).expect(({ status }) => expect(status).toBeLessThan(500));
    expect(await titles('refund')).toHaveLength(2);
  });

  it('never shows more than its limit', async () => {
    await addArticles(
      t.db,
      Array.from({ length: 40 }, (_, index) => ({ slug: `a${index}`, title: `Balloon ${index}` })),
    );
    const found = await search(t.db, 'balloon');
    expect([found.hits.length, found.more]).toEqual([30, true]);
    expect(await searchArticles(t.db, [], { limit: 5 })).toEqual([]);
  });
});

describe('the pages of the knowledge base', () => {
  it('list articles by category, search, and show the found words as text', async () => {
    const home = await alice.get(HOME).expect(200);
    expect(home.text).toContain('Refund an order');
    expect(home.text).not.toContain('Refund draft');
    const money = await alice.get(`${HOME}?category=money`).expect(200);
    expect(money.text).toContain('1 article in <strong>Money</strong>');
    const found = await alice.get(`${HOME}?q=refund`).expect(200);
    expect(found.text).toContain('<mark class="ff-hit">Refund</mark> an order');
    expect(found.text).toContain('2 articles about <strong>refund</strong>');
    const partial = await alice.htmxGet(`${HOME}?q=refund`).expect(200);
    expect(partial.text).not.toContain('<html');
    expect(partial.text).toContain('<mark class="ff-hit">');
    await alice.get(`${HOME}?category=no-such`).expect(200);
  });

  it('show an article with its contents, and nothing of HTML in it', async () => {
    await t
      .db('knowledge_article')
      .where({ slug: 'refund' })
      .update({ body: '## One\n\n<img src=x onerror=alert(1)>\n\n## Two\n\n[x](javascript:1)' });
    const { text } = await alice.get(`${HOME}/refund`).expect(200);
    expect(text).toContain('<a href="#section-one">One</a>');
    expect(text).toContain('<h2 id="section-two">Two</h2>');
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(text).not.toContain('javascript:');
  });

  it('answer 404 with the search box for an article that is gone, and for a draft', async () => {
    for (const slug of ['draft', 'no-such']) {
      const { text } = await alice.get(`${HOME}/${slug}`).expect(404);
      expect(text).toContain('This article is gone');
      expect(text).toContain('type="search"');
      expect((await alice.post(`${HOME}/${slug}/helpful`, { helpful: 'yes' })).status).toBe(404);
    }
    expect(await t.db('knowledge_feedback')).toEqual([]);
  });

  it('are there only for producers that have the feature, streams and forms included', async () => {
    const charlie = await t.as('charlie');
    for (const path of ['', '?q=refund', '/refund', '/no-such']) await charlie.get(HOME + path).expect(404);
    expect((await charlie.post(`${HOME}/refund/helpful`, { helpful: 'yes' })).status).toBe(404);
    await setFeatures(t.db, 'phoenix-jazz', ['knowledgeBaseEnabled']);
    await charlie.get(`${HOME}/refund`).expect(200);
    await setFeatures(t.db, 'arizona-comedy', []);
    await alice.get(`${HOME}/refund`).expect(404);
    expect((await alice.post(`${HOME}/refund/helpful`, { helpful: 'yes' })).status).toBe(404);
    expect(await t.db('knowledge_feedback')).toEqual([]);
  });

  it('take few statements, however many articles there are', async () => {
    await alice.get(HOME);
    const few = await t.countQueries(() => alice.get(`${HOME}?q=refund`));
    await addArticles(
      t.db,
      Array.from({ length: 40 }, (_, index) => ({
        slug: `a${index}`,
        title: `Refund ${index}`,
        category: `C${index}`,
      })),
    );
    expect(await t.countQueries(() => alice.get(`${HOME}?q=refund`))).toBeLessThanOrEqual(few);
    expect(await t.countQueries(() => alice.get(`${HOME}/refund`))).toBeLessThanOrEqual(8);
  });
});

describe('"Was this helpful?"', () => {
  const answers = () => t.db('knowledge_feedback').select('user_id', 'is_helpful');
  const entries = () => t.db('audit_entry').where({ object_type: 'knowledge.feedback' }).orderBy('seq');

  it('is answered once by each person, and can be answered anew', async () => {
    const first = await alice.post(`${HOME}/refund/helpful`, { helpful: 'yes' });
    expect([first.status, first.headers.location]).toEqual([303, `${HOME}/refund#helpful`]);
    for (let time = 0; time < 3; time++) await alice.post(`${HOME}/refund/helpful`, { helpful: 'yes' });
    expect(await answers()).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
    const changed = await alice.htmxPost(`${HOME}/refund/helpful`, { helpful: 'no' });
    expect(changed.text).toContain('Thanks for telling us.');
    const [only, ...more] = await answers();
    expect([Boolean(only.is_helpful), more]).toEqual([false, []]);
    expect((await entries()).map(({ action }) => action)).toEqual(['add', 'change']);
    expect((await alice.get(`${HOME}/refund`)).text).toContain('You said that it did not help');
  });

  it('is answered once by somebody who clicks twenty times at once', async () => {
    await alice.csrfToken();
    await Promise.all(Array.from({ length: 20 }, () => alice.htmxPost(`${HOME}/refund/helpful`, { helpful: 'yes' })));
    expect(await answers()).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
  });

  it('takes Yes or No and nothing else', async () => {
    for (const fields of [{}, { helpful: 'maybe' }, { helpful: 'yes', user_id: '1' }]) {
      expect((await alice.post(`${HOME}/refund/helpful`, fields as Record<string, string>)).status).toBe(422);
    }
    expect(await answers()).toEqual([]);
  });
});

describe('articles in the admin', () => {
  it('are written, published and seen by producers', async () => {
    const sam = await t.as('sam');
    const { id } = await t.db('knowledge_category').where({ name: 'Money' }).first('id');
    const fields = {
      title: 'Balloons',
      slug: 'balloons',
      category_id: String(id),
      summary: '',
      body: 'They **fly**.',
      is_published: 'on',
      _save: '1',
    };
    expect((await sam.post('/admin/knowledge/article/add/', fields)).status).toBe(303);
    expect((await alice.get(`${HOME}?q=fly`)).text).toContain('Balloons');
    const article = await t.db('knowledge_article').where({ slug: 'balloons' }).first('id');
    expect((await sam.get(`/admin/knowledge/article/${article.id}/change/`)).text).toContain(
      'They <strong>fly</strong>.',
    );
    const refused = await sam.post(`/admin/knowledge/category/${id}/delete/`);
    expect(await t.db('knowledge_category').where({ id })).toHaveLength(1);
    expect(refused.status).toBeLessThan(500);
  });
});
