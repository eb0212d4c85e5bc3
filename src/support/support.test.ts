import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { readOutbox } from '../mail';

const HOME = '/dashboard/support';

let t: TestApp;
let alice: Visitor;

beforeEach(async () => {
  t = await testApp();
  alice = await t.as('alice');
});

afterEach(() => t?.close());

const tickets = () => t.db('support_ticket').orderBy('id');
const messages = () => t.db('support_message').orderBy('id');
const open = (subject = 'Payout', body = 'Where is it?') => alice.post(`${HOME}/new`, { subject, body });

describe('support', () => {
  it('is for every producer, whatever it has', async () => {
    expect((await alice.get(HOME).expect(200)).text).toContain('No tickets yet');
    await (await t.as('charlie')).get(HOME).expect(200);
    await (await t.as('sam')).get(HOME).expect(404);
  });

  it('opens numbered tickets', async () => {
    expect((await open()).headers.location).toBe(`${HOME}/1001`);
    expect((await open('Seats', 'Which?')).headers.location).toBe(`${HOME}/1002`);
    const list = (await alice.get(HOME).expect(200)).text;
    expect(list).toContain('#1002');
    expect(list).toContain('Waits for us');
    const page = (await alice.get(`${HOME}/1001`).expect(200)).text;
    expect(page).toContain('Where is it?');
    const entries = await t.db('audit_entry').where({ object_type: 'support.ticket' }).orderBy('seq');
    expect(entries.map(({ object_label }) => object_label)).toEqual(['#1001 Payout', '#1002 Seats']);
  });

  it('gives each ticket its own number, however many are opened at once', async () => {
    await alice.csrfToken();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => alice.post(`${HOME}/new`, { subject: `S${index}`, body: 'x' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(303));
    expect(new Set((await tickets()).map(({ number }) => number)).size).toBe(8);
  });

  it('keeps what was typed when something is missing or too long', async () => {
    const body = 'Typed with care <b>&';
    const empty = await alice.post(`${HOME}/new`, { subject: ' ', body });
    expect(empty.status).toBe(422);
    expect(empty.text).toContain('Typed with care &lt;b&gt;&amp;');
    expect(empty.text).toContain('Say in a few words what it is about.');
    const partial = await alice.htmxPost(`${HOME}/new`, { subject: 'x'.repeat(121), body: 'y'.repeat(5_001) });
    expect(partial.status).toBe(422);
    expect(partial.text).toContain('Use at most 120 characters.');
    expect(partial.text).toContain('Use at most 5,000 characters.');
    expect((await alice.post(`${HOME}/new`, { subject: 'a', body: 'b', number: '7' })).status).toBe(422);
    expect(await tickets()).toEqual([]);
    await open();
    const reply = await alice.post(`${HOME}/1001/replies`, { body: 'z'.repeat(5_001) });
    expect([reply.status, reply.text.includes('z'.repeat(5_001))]).toEqual([422, true]);
    expect(await messages()).toHaveLength(1);
  });

  it('takes text with characters that no database keeps', async () => {
    expect((await open('Pay\0out\u001b', 'Where\0 is\r\nit?')).status).toBe(303);
    const [{ subject }] = await tickets();
    const [{ body }] = await messages();
    expect([subject, body]).toEqual(['Payout', 'Where is\nit?']);
  });

  it('is between a producer and us: other producers find nothing', async () => {
    await open();
    const charlie = await t.as('charlie');
    for (const number of ['1001', '9999', 'abc', '0', '%00', '99999999999999']) {
      const { status, text } = await charlie.get(`${HOME}/${number}`);
      expect([number, status, text.includes('Payout')]).toEqual([number, 404, false]);
      expect((await charlie.post(`${HOME}/${number}/replies`, { body: 'x' })).status).toBe(404);
      expect((await charlie.post(`${HOME}/${number}/closing`, { to: 'closed' })).status).toBe(404);
    }
    expect((await charlie.get(HOME)).text).not.toContain('Payout');
    expect([(await tickets())[0].state, (await messages()).length]).toEqual(['open', 1]);
  });

  it('is answered by staff, and the contact is told by mail', async () => {
    await open();
    const [{ id }] = await tickets();
    const sam = await t.as('sam');
    const form = await sam.get(`/admin/support/ticket/${id}/change/`).expect(200);
    expect(form.text).toContain('Where is it?');
    const refused = await sam.post(`/admin/support/ticket/${id}/reply/`, { body: '' });
    expect([refused.status, refused.text.includes('Write a message.')]).toEqual([422, true]);
    const sent = await sam.post(`/admin/support/ticket/${id}/reply/`, { body: 'On its way.\nBy Friday.' });
    expect([sent.status, sent.headers.location]).toEqual([303, `/admin/support/ticket/${id}/change/`]);
    const page = (await alice.get(`${HOME}/1001`)).text;
    expect(page).toContain('By Friday.');
    expect(page).toContain('Sam Super');
    expect(page).toContain('Answered');
    await t.services.mail.deliverDue();
    const letters = await readOutbox(t.services.config.dataDir);
    expect(letters.map(({ to }) => to).sort()).toEqual(['alice@example.com', 'hello@arizona-comedy.example']);
    expect(letters[0]?.text).toContain('On its way.');
    expect(letters[0]?.text).toContain('/dashboard/support/1001?producer=arizona-comedy');
  });

  it('sends no mail for an answer that was not kept', async () => {
    await open();
    const [{ id }] = await tickets();
    await t
      .db('support_message')
      .insert(
        Array.from({ length: 200 }, () => ({ ticket_id: id, body: 'x', created_at: t.clock.now().toISOString() })),
      );
    const sam = await t.as('sam');
    expect((await sam.post(`/admin/support/ticket/${id}/reply/`, { body: 'One more' })).status).toBe(422);
    expect((await alice.post(`${HOME}/1001/replies`, { body: 'One more' })).status).toBe(422);
    expect(await t.db('mail_message')).toEqual([]);
  });

  it('is for staff who may change tickets', async () => {
    await open();
    const [{ id }] = await tickets();
    for (const person of ['alice', 'bob', 'vera'] as const) {
      const { status } = await (await t.as(person)).post(`/admin/support/ticket/${id}/reply/`, { body: 'x' });
      expect([403, 404]).toContain(status);
    }
    expect(await messages()).toHaveLength(1);
  });

  it('goes on with replies, is closed and opened again', async () => {
    await open();
    const closed = await alice.htmxPost(`${HOME}/1001/closing`, { to: 'closed' });
    expect(closed.text).toContain('Closed');
    await alice.post(`${HOME}/1001/closing`, { to: 'closed' });
    expect(await t.db('audit_entry').where({ object_type: 'support.ticket', action: 'change' })).toHaveLength(1);
    const reply = await alice.post(`${HOME}/1001/replies`, { body: 'Still open' });
    expect(reply.headers.location).toBe(`${HOME}/1001#latest`);
    expect((await tickets())[0].state).toBe('open');
    expect((await alice.post(`${HOME}/1001/closing`, { to: 'gone' })).status).toBe(422);
  });

  it('has pages and states, and a limit for a day', async () => {
    for (let index = 0; index < 20; index++) await open(`Question ${index}`);
    expect((await open('One too many')).status).toBe(429);
    t.clock.advance(25 * 3_600_000);
    alice = t.visitor();
    await alice.signIn('alice@example.com');
    expect((await open('The next day')).status).toBe(303);
    expect((await alice.get(`${HOME}?p=2`).expect(200)).text).toContain('#1001');
    expect((await alice.get(`${HOME}?state=closed`).expect(200)).text).toContain('No tickets here');
    expect((await alice.get(`${HOME}?p=999&state=nonsense`).expect(200)).text).toContain('No tickets here');
    await alice.get(HOME);
    expect(await t.countQueries(() => alice.get(`${HOME}?x`))).toBeLessThanOrEqual(7);
  });
});
