import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addArticles } from '../../test/support/articles';
import { setFeatures } from '../../test/support/features';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { UNKNOWN } from './answer';
import { retrieve } from './retrieve';
import { LONGEST_ANSWER } from './service';

const HOME = '/dashboard/ai-assistant';
const ARTICLES = [
  {
    slug: 'refund',
    title: 'Refund an order',
    summary: 'Refund single tickets from the order page.',
    body: 'You decide.\n\n## Refund tickets\n\n1. Open **Orders**.\n2. Choose Refund.\n\n## When the money arrives\n\nBanks take three days.',
  },
  {
    slug: 'payouts',
    title: 'When payouts arrive',
    summary: 'On the third working day.',
    body: 'Sales are kept until then.',
  },
  { slug: 'secret', title: 'Refund secrets', body: 'Nobody may read about refunds here.', isPublished: false },
];

let t: TestApp;
let alice: Visitor;

async function start(environment: Record<string, string> = {}): Promise<void> {
  t = await testApp({ environment });
  await setFeatures(t.db, 'arizona-comedy', ['aiAgentsEnabled', 'knowledgeBaseEnabled']);
  await addArticles(t.db, ARTICLES);
  alice = await t.as('alice');
}

afterEach(() => t?.close());

const questions = () => t.db('assistant_question').orderBy('id');
/** The fragments of an event stream. */
const fragmentsOf = (text: string): string[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: ?/gm, ''));
const stream = (question: string) => alice.htmxPost(HOME, { question });

describe('answers from the articles', () => {
  beforeEach(() => start());

  it('are made of their own sentences, with sources', async () => {
    const found = await retrieve(t.db, 'How do I refund an order?');
    expect(found?.sources[0]).toEqual({ title: 'Refund an order', slug: 'refund' });
    expect(found?.answer).toContain('Refund single tickets from the order page. [1]');
    expect(found?.answer).toContain('1. Open Orders.\n2. Choose Refund.');
    expect(found?.answer).not.toContain('Nobody may read');
    expect((await retrieve(t.db, 'when do payouts arrive'))?.sources[0]?.slug).toBe('payouts');
  });

  it('are not made up', async () => {
    for (const question of [
      'What is the capital of France?',
      'Write me a poem about llamas',
      '???',
      '" OR 1=1',
      'the a of',
    ]) {
      expect([question, await retrieve(t.db, question)]).toEqual([question, undefined]);
    }
  });

  it('come with the page without JavaScript, and are kept', async () => {
    const answer = await alice.post(HOME, { question: 'How do I refund an order?' });
    expect([answer.status, answer.headers.location]).toEqual([303, `${HOME}#answer`]);
    const { text } = await alice.get(HOME).expect(200);
    expect(text).toContain('Refund single tickets from the order page.');
    expect(text).toContain('href="/dashboard/knowledge-base/refund"');
    await alice.post(HOME, { question: 'What is the capital of France?' });
    const page = (await alice.get(HOME)).text;
    expect(page).toContain(UNKNOWN);
    expect(page).toContain('Asked before');
    expect((await questions()).map(({ state, answered_by }) => [state, answered_by])).toEqual([
      ['complete', 'articles'],
      ['unknown', 'articles'],
    ]);
  });

  it('come as a stream that grows, busy until it is complete', async () => {
    const { status, headers, text } = await stream('How do I refund an order?');
    expect([status, headers['content-type'], headers['content-encoding']]).toEqual([
      200,
      'text/event-stream',
      undefined,
    ]);
    const [companions = '', ...answers] = fragmentsOf(text);
    expect(companions).toContain('hx-target="#transcript"');
    expect(answers.length).toBeGreaterThan(4);
    expect(answers.slice(0, -1).every((each) => each.includes('aria-busy="true"') && each.includes('Stop'))).toBe(true);
    const last = answers.at(-1) ?? '';
    expect(last).toContain('aria-busy="false"');
    expect(last).toContain('href="/dashboard/knowledge-base/refund"');
    expect(last).not.toContain('Retry');
    const [kept] = await questions();
    expect([kept.state, kept.answer.includes('Choose Refund.')]).toEqual(['complete', true]);
  });

  it('name sources without links when the knowledge base is not there', async () => {
    await setFeatures(t.db, 'arizona-comedy', ['aiAgentsEnabled']);
    await alice.post(HOME, { question: 'How do I refund an order?' });
    const { text } = await alice.get(HOME);
    expect(text).toContain('Refund an order');
    expect(text).not.toContain('/dashboard/knowledge-base');
  });

  it('show questions and articles as text', async () => {
    await t
      .db('knowledge_article')
      .where({ slug: 'refund' })
      .update({ body: 'Order <img src=x onerror=alert(1)> refund.', summary: '' });
    const evil = 'Refund order <script>alert(1)</script>';
    const streamed = await stream(evil);
    await alice.post(HOME, { question: evil });
    for (const { text } of [streamed, await alice.get(HOME)]) {
      expect(text).toContain('&lt;script&gt;');
      expect(text).not.toMatch(/<script>alert|<img src=x/);
    }
  });

  it('are refused with what was typed when the question is empty or too long', async () => {
    const long = 'x'.repeat(501);
    for (const question of ['', ' a ', long]) {
      expect((await alice.post(HOME, { question })).status).toBe(422);
      const partial = await stream(question);
      expect([partial.status, partial.text.includes('id="ask"')]).toEqual([422, true]);
    }
    expect((await alice.post(HOME, { question: long })).text).toContain(long);
    expect((await alice.post(HOME, { question: 'fine', user_id: '1' })).status).toBe(422);
    expect(await questions()).toEqual([]);
  });

  it('are given for whatever characters a question has', async () => {
    expect((await alice.post(HOME, { question: 'Refund\0 an\u001b order 😀' })).status).toBe(303);
    expect((await questions())[0]).toMatchObject({ question: 'Refund an order 😀', state: 'complete' });
  });

  it('are asked for so often and no more', async () => {
    for (let index = 0; index < 30; index++) await alice.post(HOME, { question: `Refund ${index}` });
    const refused = await alice.post(HOME, { question: 'One too many' });
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([429, true]);
    expect(await questions()).toHaveLength(30);
    t.clock.advance(10 * 60_000 + 1_000);
    expect((await alice.post(HOME, { question: 'Refund later' })).status).toBe(303);
    expect((await alice.get(HOME)).text.match(/class="ff-asked"/g)).toHaveLength(19);
    await alice.get(HOME);
    expect(await t.countQueries(() => alice.get(`${HOME}?x`))).toBeLessThanOrEqual(6);
  }, 60_000);

  it('are kept for one person and producer', async () => {
    await alice.post(HOME, { question: 'Refund secrets of comedy' });
    const [{ id }] = await questions();
    const charlie = await t.as('charlie');
    await charlie.get(HOME).expect(404);
    expect((await charlie.post(HOME, { question: 'Refund an order' })).status).toBe(404);
    await setFeatures(t.db, 'phoenix-jazz', ['aiAgentsEnabled']);
    expect((await charlie.get(HOME).expect(200)).text).not.toContain('secrets of comedy');
    for (const each of [id, 9999, 'abc', '0']) expect((await charlie.post(`${HOME}/${each}/retry`)).status).toBe(404);
    const { id: jazz } = await t.db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
    await t.db('producers_userproducer').insert({
      producer_id: jazz,
      user_id: t.ids.alice,
      role: 'viewer',
      created_at: t.clock.now().toISOString(),
    });
    expect((await alice.get(`${HOME}?producer=phoenix-jazz`).expect(200)).text).not.toContain('secrets of comedy');
    expect((await alice.post(`${HOME}/${id}/retry`)).status).toBe(404);
    await setFeatures(t.db, 'phoenix-jazz', []);
    expect((await alice.htmxPost(HOME, { question: 'Refund' })).status).toBe(404);
  });

  it('are asked for again when they broke off', async () => {
    const { id: comedy } = await t.db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
    const time = t.clock.now().toISOString();
    await t.db('assistant_question').insert({
      producer_id: comedy,
      user_id: t.ids.alice,
      question: 'How do I refund an order?',
      answer: 'Refund sin',
      state: 'cut',
      created_at: time,
      modified_at: time,
    });
    const [{ id }] = await questions();
    expect((await alice.get(HOME)).text).toContain('The answer broke off.');
    expect((await alice.post(`${HOME}/${id}/retry`)).status).toBe(303);
    expect((await alice.get(HOME)).text).not.toContain('The answer broke off.');
    const again = await alice.htmxPost(`${HOME}/${id}/retry`);
    expect(again.headers['content-type']).toContain('text/html');
    expect(await questions()).toHaveLength(1);
  });
});

describe('a stream that ends early', () => {
  it('leaves what was answered, and the place free', async () => {
    await start();
    await t
      .db('knowledge_article')
      .where({ slug: 'refund' })
      .update({ body: `## Refund tickets\n\n${'Refund the order now and then again. '.repeat(5)}` });
    const token = await alice.csrfToken();
    const request = alice.agent
      .post(HOME)
      .set({ 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'X-CSRF-Token': token })
      .type('form')
      .send({ question: 'How do I refund an order?' });
    request.buffer(false).parse((answer, done) => {
      const res = answer as unknown as IncomingMessage;
      res.once('data', () => setTimeout(() => res.destroy(), 250));
      res.on('close', () => done(null, ''));
      res.on('error', () => undefined);
    });
    await request.then(
      () => undefined,
      () => undefined,
    );
    await until('the answer is kept', async () => (await questions())[0]?.state === 'cut');
    const [kept] = await questions();
    expect(kept.answer.length).toBeGreaterThan(0);
    expect(kept.answer.length).toBeLessThan(200);
    expect((await alice.get(HOME)).text).toContain('The answer broke off.');
  });
});

describe('a service that writes the answers', () => {
  let server: Server;
  let respond: (res: ServerResponse) => void;
  let bodies: { model: string; messages: { content: string }[] }[];
  let headers: Record<string, unknown>[];

  const say = (res: ServerResponse, ...pieces: string[]) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const content of pieces) res.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
  };

  beforeEach(async () => {
    bodies = [];
    headers = [];
    server = createServer((req, res) => {
      let text = '';
      req.on('data', (chunk) => (text += chunk));
      req.on('end', () => {
        bodies.push(JSON.parse(text));
        headers.push(req.headers);
        respond(res);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await start({
      ASSISTANT_URL: `http://127.0.0.1:${port}/v1/chat/completions`,
      ASSISTANT_MODEL: 'small',
      ASSISTANT_API_KEY: 'canary-key',
      ASSISTANT_TIMEOUT: '1',
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const answered = async (question = 'How do I refund an order?') => {
    await alice.post(HOME, { question });
    const rows = await questions();
    return rows.at(-1);
  };

  it('gets the passages and nothing of the person, and streams', async () => {
    respond = (res) => {
      say(res, 'Open **Orders** ', 'and refund it [1].');
      res.end('data: [DONE]\n\n');
    };
    const row = await answered();
    expect([row.answer, row.state, row.answered_by]).toEqual([
      'Open **Orders** and refund it [1].',
      'complete',
      'service',
    ]);
    expect(headers[0]?.authorization).toBe('Bearer canary-key');
    expect(bodies[0]?.model).toBe('small');
    expect(JSON.stringify(bodies)).toContain('[1] Refund tickets');
    expect(JSON.stringify(bodies)).not.toMatch(/alice|Arizona|Nobody may read/);
    const page = (await alice.get(HOME)).text;
    expect(page).toContain(`href="#source-${row.id}-1"`);
    expect(page).not.toContain('canary-key');
    const { text } = await stream('How do I refund an order again?');
    expect(fragmentsOf(text).at(-1)).toContain('<strong>Orders</strong>');
  });

  it('may answer in one piece', async () => {
    respond = (res) => {
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify({ choices: [{ message: { content: 'In one piece.' } }] }));
    };
    expect(await answered()).toMatchObject({ answer: 'In one piece.', answered_by: 'service' });
  });

  it('is not asked when there is nothing in the articles', async () => {
    respond = (res) => res.end();
    expect((await answered('What is the capital of France?')).state).toBe('unknown');
    expect(bodies).toEqual([]);
  });

  it.each<[string, (res: ServerResponse) => void]>([
    ['refuses', (res) => res.writeHead(500).end('no')],
    ['leads elsewhere', (res) => res.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end()],
    ['says nothing in time', () => undefined],
    ['drips for ever', (res) => say(res, 'One', ' two')],
    [
      'breaks off',
      (res) => {
        say(res, 'Half of');
        setTimeout(() => res.destroy(), 50);
      },
    ],
    [
      'ends without its end',
      (res) => {
        say(res, 'Half of');
        res.end();
      },
    ],
    ['sends nonsense', (res) => res.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: {nonsense\n\n')],
    [
      'sends an empty answer',
      (res) => res.writeHead(200, { 'Content-Type': 'application/json' }).end('{"choices":[]}'),
    ],
    [
      'sends too much',
      (res) => {
        res.writeHead(200, { 'Content-Type': 'application/json' });
        res.end(`{"x":"${'y'.repeat(2 * 1024 * 1024)}"}`);
      },
    ],
  ])('is replaced by the articles when it %s, and the answer says so', async (_what, behaviour) => {
    respond = behaviour;
    const row = await answered();
    expect([row.state, row.answered_by]).toEqual(['complete', 'articles']);
    expect(row.answer).toContain('Refund single tickets from the order page. [1]');
    expect((await alice.get(HOME)).text).toContain('The answer service did not answer');
  });

  it('is cut at the longest answer', async () => {
    respond = (res) => {
      say(res, ...Array.from({ length: 50 }, () => 'word '.repeat(100)));
      res.end('data: [DONE]\n\n');
    };
    expect((await answered()).answer).toHaveLength(LONGEST_ANSWER);
  });

  it('cannot bring anything but text into the page', async () => {
    respond = (res) => {
      say(
        res,
        '<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://evil.example/p.png) <b hx-get="/x">z</b> [7]',
      );
      res.end('data: [DONE]\n\n');
    };
    await answered();
    const { text } = await alice.get(HOME);
    expect(text).not.toMatch(/<script>alert|href="javascript|<img[^>]+evil|<b hx-get/);
    expect(text).toContain('[7]');
  });

  it('stops when the right to ask is taken away', async () => {
    await t.close();
    await start({
      ASSISTANT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ASSISTANT_MODEL: 'small',
    });
    respond = (res) => {
      say(res, 'Slowly');
      const timer = setInterval(
        () => res.write(`data: ${JSON.stringify({ choices: [{ delta: { content: ' on' } }] })}\n\n`),
        100,
      );
      res.on('close', () => clearInterval(timer));
    };
    const started = performance.now();
    const answer = stream('How do I refund an order?');
    const streaming = answer.then(({ text }) => text);
    await until('the answer begins', async () => (await questions()).length === 1);
    await setFeatures(t.db, 'arizona-comedy', []);
    expect(fragmentsOf(await streaming).at(-1)).toContain('aria-busy="false"');
    expect(performance.now() - started).toBeLessThan(5_000);
    expect((await questions())[0]).toMatchObject({ state: 'cut' });
  });
});
