import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

let t: TestApp;
let alice: Visitor;
let arizona: number;
let phoenix: number;

const DAY = 24 * 60 * 60 * 1000;
const at = (days: number) => new Date(t.clock.now().getTime() + days * DAY).toISOString();
const stamps = () => ({ created_at: at(-3), modified_at: at(-3) });

async function addShow(producer_id: number, values: Record<string, unknown> = {}): Promise<number> {
  const [row] = (await t
    .db('producers_show')
    .insert({
      producer_id,
      title: 'Improv Night',
      venue: 'The Foundry',
      city: 'Phoenix',
      starts_at: at(10),
      capacity: 100,
      price_minor: 2_500,
      currency: 'USD',
      status: 'on_sale',
      ...stamps(),
      ...values,
    })
    .returning('id')) as { id: number }[];
  return row?.id ?? 0;
}

let numbers = 0;
async function addOrder(producer_id: number, show_id: number, values: Record<string, unknown> = {}): Promise<number> {
  numbers += 1;
  const [row] = (await t
    .db('producers_order')
    .insert({
      producer_id,
      show_id,
      number: `N-${numbers}`,
      buyer_name: 'Ada Lovelace',
      buyer_email: 'ada@mail.example',
      tickets: 2,
      total_minor: 5_000,
      fee_minor: 200,
      currency: 'USD',
      status: 'paid',
      ...stamps(),
      ...values,
    })
    .returning('id')) as { id: number }[];
  return row?.id ?? 0;
}

const form = (values: Record<string, string> = {}) => ({
  title: 'New Faces',
  venue: 'Copper Room',
  city: 'Tempe',
  starts_at: '2027-03-05T19:30',
  capacity: '90',
  price: '12.50',
  status: 'draft',
  description: 'Six comics.',
  _save: '1',
  ...values,
});

/** A form as its page holds it. */
async function openForm(visitor: Visitor, id: number): Promise<string> {
  const { text } = await visitor.get(`/dashboard/shows/${id}/edit`).expect(200);
  return /name="version" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

beforeEach(async () => {
  t = await testApp();
  alice = await t.as('alice');
  arizona = (await t.db('producers_producer').where({ slug: 'arizona-comedy' }).first('id')).id;
  phoenix = (await t.db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id')).id;
});
afterEach(() => t.close());

describe('shows', () => {
  it('are listed with what was sold of them, the next one first', async () => {
    const late = await addShow(arizona, { title: 'Later', starts_at: at(20) });
    const next = await addShow(arizona, { title: 'Sooner', starts_at: at(2) });
    await addShow(arizona, { title: 'Long ago', starts_at: at(-40) });
    await addOrder(arizona, next);
    await addOrder(arizona, next, { status: 'refunded', tickets: 7 });
    await addOrder(arizona, next, { status: 'pending', tickets: 1 });
    const { text } = await alice.get('/dashboard/shows').expect(200);
    expect(text.indexOf('Sooner')).toBeLessThan(text.indexOf('Later'));
    expect(text.indexOf('Later')).toBeLessThan(text.indexOf('Long ago'));
    expect(text).toContain('3 of 100');
    expect(text).toContain('$50.00');
    expect(text).toContain('3 shows');
    expect(late).toBeGreaterThan(0);
  });

  it('are found by words, whatever their case, and by status with counts', async () => {
    await addShow(arizona, { title: '100% Improv_ed', venue: 'Union Hall' });
    await addShow(arizona, { title: 'Draft one', status: 'draft' });
    await addShow(arizona, { title: 'Over', starts_at: at(-1) });
    const found = async (query: string) => {
      const { text } = await alice.htmxGet(`/dashboard/shows?${query}`).expect(200);
      return [...text.matchAll(/ff-row-link" href="[^"]*">([^<]*)/g)].map(([, title]) => title);
    };
    expect(await found('q=union+IMPROV')).toEqual(['100% Improv_ed']);
    expect(await found('q=100%25')).toEqual(['100% Improv_ed']);
    expect(await found('q=%25')).toEqual(['100% Improv_ed']);
    expect(await found('q=improv_')).toEqual(['100% Improv_ed']);
    expect(await found('status=draft')).toEqual(['Draft one']);
    expect(await found('status=past')).toEqual(['Over']);
    expect(await found('status=nonsense&o=drop&p=-1')).toHaveLength(3);
    expect(await found('o=-title')).toEqual(['Over', 'Draft one', '100% Improv_ed']);
    expect(await found('o=sold')).toHaveLength(3);
    const { text } = await alice.get('/dashboard/shows?q=nothing+like+it').expect(200);
    expect(text).toContain('No shows match');
  });

  it('come in pages', async () => {
    for (let index = 0; index < 30; index++)
      await addShow(arizona, { title: `Show ${index}`, starts_at: at(index + 1) });
    expect((await alice.get('/dashboard/shows')).text).toContain('1–25 of 30 shows');
    expect((await alice.get('/dashboard/shows?p=2')).text).toContain('26–30 of 30 shows');
    expect((await alice.get('/dashboard/shows')).text).toContain('href="/dashboard/shows?p=2"');
  });

  it('are added, with times in the zone of whoever fills in the form', async () => {
    await t.db('auth_user').where({ id: t.ids.alice }).update({ time_zone: 'America/Phoenix' });
    const response = await alice.post('/dashboard/shows/new', form());
    expect([response.status, response.headers.location]).toEqual([
      303,
      expect.stringMatching(/\/dashboard\/shows\/\d+$/),
    ]);
    const show = await t.db('producers_show').first();
    expect(show).toMatchObject({
      producer_id: arizona,
      title: 'New Faces',
      price_minor: 1_250,
      capacity: 90,
      status: 'draft',
    });
    expect(new Date(show.starts_at).toISOString()).toBe('2027-03-06T02:30:00.000Z');
    const page = await alice.get(String(response.headers.location)).expect(200);
    expect(page.text).toContain('Fri 5 Mar 2027');
    expect(page.text).toContain('New Faces is added as a draft.');
    expect(await t.db('audit_entry').where({ object_type: 'producers.show' }).first()).toMatchObject({ action: 'add' });
  });

  it.each([
    ['title', '', 'Enter the title of the show.'],
    ['title', 'x'.repeat(121), 'Use at most 120 characters.'],
    ['venue', ' ', 'Enter where it takes place.'],
    ['starts_at', 'tomorrow', 'Enter a date and time that exist'],
    ['capacity', '0', 'Enter a whole number from 1 to 100,000.'],
    ['price', '12.345', 'Enter an amount, like 25.00. Free shows cost 0.'],
    ['status', 'sold_out', 'Choose one of the list.'],
  ])('are refused with a wrong %s, and everything that was typed stays', async (field, value, message) => {
    const response = await alice.post(
      '/dashboard/shows/new',
      form({ [field]: value, description: 'Typed <with> care' }),
    );
    expect(response.status).toBe(422);
    expect(response.text).toContain(message);
    expect(response.text).toContain('Typed &lt;with&gt; care');
    expect(response.text).toContain(`href="#id_${field}"`);
    expect(await t.db('producers_show').first()).toBeUndefined();
  });

  it('take no field that the form does not have', async () => {
    for (const field of ['producer_id', 'id', 'currency', 'created_at']) {
      expect((await alice.post('/dashboard/shows/new', form({ [field]: '7' }))).status).toBe(422);
    }
    expect(await t.db('producers_show').first()).toBeUndefined();
  });

  it('are changed, with what changed in the audit log', async () => {
    const id = await addShow(arizona);
    const version = await openForm(alice, id);
    expect((await alice.post(`/dashboard/shows/${id}/edit`, form({ version }))).status).toBe(303);
    const entry = await t.db('audit_entry').where({ object_type: 'producers.show', action: 'change' }).first();
    expect(JSON.parse(entry.before)).toMatchObject({ title: 'Improv Night' });
    expect(JSON.parse(entry.after)).toMatchObject({ title: 'New Faces', price_minor: 1_250 });
    const again = await openForm(alice, id);
    await alice.post(`/dashboard/shows/${id}/edit`, form({ version: again }));
    const changes = await t.db('audit_entry').where({ object_type: 'producers.show', action: 'change' });
    expect(changes).toHaveLength(1);
  });

  it('answer a stale save by 409 with both versions and lose nothing', async () => {
    const id = await addShow(arizona);
    const version = await openForm(alice, id);
    expect((await alice.post(`/dashboard/shows/${id}/edit`, form({ version, title: 'Theirs' }))).status).toBe(303);
    const stale = await alice.post(
      `/dashboard/shows/${id}/edit`,
      form({ version, title: 'Mine', description: 'All of it' }),
    );
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('Somebody else saved this show');
    expect(stale.text).toContain('<td class="ff-lines">Theirs</td><td class="ff-lines">Mine</td>');
    expect(stale.text).toContain('All of it');
    expect((await t.db('producers_show').where({ id }).first()).title).toBe('Theirs');
    const newer = /name="version" value="([^"]+)"/.exec(stale.text)?.[1] ?? '';
    const fields = form({ version: newer, title: 'Mine', description: 'All of it' });
    expect((await alice.post(`/dashboard/shows/${id}/edit`, fields)).status).toBe(303);
    expect((await t.db('producers_show').where({ id }).first()).title).toBe('Mine');
  });

  it('let one of many saves of one version through', async () => {
    const id = await addShow(arizona);
    const version = await openForm(alice, id);
    const saves = Array.from({ length: 12 }, (_, index) =>
      alice.post(`/dashboard/shows/${id}/edit`, form({ version, title: `Save ${index}` })),
    );
    const statuses = (await Promise.all(saves)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(11);
    expect(await t.db('audit_entry').where({ object_type: 'producers.show', action: 'change' })).toHaveLength(1);
  });

  it('keep a place for every ticket that is sold', async () => {
    const id = await addShow(arizona);
    await addOrder(arizona, id, { tickets: 60 });
    const version = await openForm(alice, id);
    const response = await alice.post(`/dashboard/shows/${id}/edit`, form({ version, capacity: '59' }));
    expect(response.status).toBe(422);
    expect(response.text).toContain('60 tickets are sold already. Enter at least 60.');
  });

  it.each([
    { role: 'viewer', can_publish_shows: true },
    { role: 'manager', can_publish_shows: false },
  ])('are only looked at by a $role whose right to publish is $can_publish_shows', async (place) => {
    const id = await addShow(arizona);
    await t.db('producers_userproducer').where({ user_id: t.ids.alice }).update(place);
    const { text } = await alice.get('/dashboard/shows').expect(200);
    expect(text).toContain('You can look at shows. Ask an owner to add one.');
    await alice.get(`/dashboard/shows/${id}`).expect(200);
    await alice.get(`/dashboard/shows/${id}/edit`).expect(403);
    await alice.get('/dashboard/shows/new').expect(403);
    expect((await alice.post('/dashboard/shows/new', form())).status).toBe(403);
    expect((await alice.post(`/dashboard/shows/${id}/edit`, form())).status).toBe(403);
    expect(await t.db('producers_show')).toHaveLength(1);
  });
});

describe('what belongs to another producer', () => {
  it('cannot be told from what is not there', async () => {
    const show = await addShow(phoenix, { title: 'Secret set' });
    const order = await addOrder(phoenix, show, { number: 'SECRET-1' });
    const essence = (text: string) => text.replace(/[0-9a-f-]{36}/g, '').replace(/content="[^"]*"|value="[^"]*"/g, '');
    for (const path of ['shows/:id', 'shows/:id/edit', 'orders/:id', 'shows/abc', 'orders/0']) {
      const id = path.startsWith('shows') ? show : order;
      const theirs = await alice.get(`/dashboard/${path.replace(':id', String(id))}`).expect(404);
      const absent = await alice.get(`/dashboard/${path.replace(':id', '424242')}`).expect(404);
      expect(essence(theirs.text)).toBe(essence(absent.text));
    }
    expect((await alice.post(`/dashboard/shows/${show}/edit`, form({ version: 'x' }))).status).toBe(404);
    expect((await t.db('producers_show').where({ id: show }).first()).title).toBe('Secret set');
    for (const page of ['shows', 'orders', 'orders/export', 'overview?cards=all', 'finances']) {
      expect((await alice.get(`/dashboard/${page}`).expect(200)).text).not.toContain('ecret set');
    }
  });

  it('stays out even by naming that producer', async () => {
    await alice.get('/dashboard/shows?producer=phoenix-jazz').expect(404);
    await alice.get('/dashboard/shows?producer=no-such').expect(404);
  });
});

describe('orders', () => {
  it('are listed, searched, filtered and shown', async () => {
    const show = await addShow(arizona, { title: 'Sketch Lab' });
    const id = await addOrder(arizona, show, { number: 'AC-77', buyer_name: 'Zoe Begay', total_minor: 123_456 });
    await addOrder(arizona, show, { status: 'pending' });
    const { text } = await alice.get('/dashboard/orders').expect(200);
    expect(text).toContain('2 orders');
    expect(text).toContain('$1,234.56');
    expect((await alice.get('/dashboard/orders?q=begay+sketch')).text).toContain('1 order<');
    expect((await alice.htmxGet('/dashboard/orders?q=begay')).text).toContain(
      'href="/dashboard/orders/export?q=begay"',
    );
    expect((await alice.get('/dashboard/orders?status=pending')).text).not.toContain('AC-77');
    const page = await alice.get(`/dashboard/orders/${id}`).expect(200);
    expect(page.text).toContain('Order AC-77');
    expect(page.text).toContain('Sketch Lab');
    expect(page.text).toContain('$1,232.56'); // less the fee
  });

  it('leave as a file in which no cell is a formula, and the log says so', async () => {
    const show = await addShow(arizona, { title: '=HYPERLINK("http://x")' });
    await addOrder(arizona, show, { buyer_name: '+1-555', number: 'AC-1' });
    const response = await alice.get('/dashboard/orders/export').expect(200);
    expect(response.headers['content-type']).toContain('text/csv');
    expect(response.headers['content-disposition']).toMatch(/arizona-comedy-orders-\d{4}-\d\d-\d\d\.csv/);
    expect(response.text).toContain("'=HYPERLINK");
    expect(response.text).toContain("'+1-555");
    expect(response.text).toContain('50.00,2.00,USD');
    const entry = await t.db('audit_entry').where({ action: 'export', object_type: 'producers.order' }).first();
    expect(entry.message).toBe('Exported 1 order of Arizona Comedy as CSV.');
  });
});

describe('finances', () => {
  it('show balance, payouts by month and the next one, always with the currency', async () => {
    await t.db('producers_producerfinancial').insert({
      producer_id: arizona,
      payout_account: 'Main account',
      currency: 'EUR',
      balance_minor: 987_654,
    });
    const payout = { producer_id: arizona, currency: 'EUR', ...stamps() };
    await t.db('producers_payout').insert([
      { ...payout, reference: 'P-1', amount_minor: 150_000, status: 'paid', due_at: at(-3) },
      { ...payout, reference: 'P-2', amount_minor: 70_025, status: 'scheduled', due_at: at(5) },
      { ...payout, reference: 'P-3', amount_minor: 1, status: 'failed', due_at: at(-9) },
    ]);
    const { text } = await alice.get('/dashboard/finances').expect(200);
    for (const part of [
      '€9,876.54',
      'Main account',
      '€700.25',
      '€1,500.00',
      'Paid out by month, in EUR',
      '3 payouts',
    ]) {
      expect(text).toContain(part);
    }
    const list = await alice.htmxGet('/dashboard/finances?status=failed').expect(200);
    expect(list.text).toContain('P-3');
    expect(list.text).not.toContain('P-1');
    expect(list.text).toContain('href="/dashboard/finances/export?status=failed"'); // it takes what the list shows
    expect((await alice.get('/dashboard/finances/export')).text).toContain('P-2');
  });

  it('work without an account', async () => {
    const { text } = await alice.get('/dashboard/finances').expect(200);
    expect(text).toContain('There is no payout account yet.');
    expect(text).toContain('No payouts yet');
  });
});

describe('the overview', () => {
  it('loads its cards one by one, and all at once for those without scripts', async () => {
    await addShow(arizona, { title: 'Next one' });
    const { text } = await alice.get('/dashboard/overview').expect(200);
    for (const card of ['shows', 'orders', 'balance', 'tasks']) {
      expect(text).toContain(`hx-get="/dashboard/overview/${card}"`);
    }
    expect(text).not.toContain('Next one');
    expect(text).toContain('<noscript><meta http-equiv="refresh" content="0; url=/dashboard/overview?cards=all">');
    const whole = (await alice.get('/dashboard/overview?cards=all').expect(200)).text;
    expect(whole).toContain('Next one');
    expect(whole).not.toContain('hx-trigger="load"');
    expect(whole).not.toContain('http-equiv="refresh"');
    const card = await alice.htmxGet('/dashboard/overview/shows').expect(200);
    expect(card.text.trim()).toMatch(/^<section[^>]*id="card-shows"/);
    await alice.get('/dashboard/overview/nothing').expect(404);
  });

  it('counts today by the clocks of whoever looks', async () => {
    t.clock.set(new Date('2026-11-21T05:00:00Z')); // 22:00 of the day before in Phoenix
    await t.db('auth_session').update({ expires_at: '2026-12-01T00:00:00.000Z' });
    const show = await addShow(arizona);
    await addOrder(arizona, show, { created_at: '2026-11-21T00:00:00.000Z' });
    await addOrder(arizona, show, { created_at: '2026-11-20T06:00:00.000Z' });
    expect((await alice.htmxGet('/dashboard/overview/orders')).text).toContain('1 order, 2 tickets');
    await t.db('auth_user').update({ time_zone: 'America/Phoenix' });
    expect((await alice.htmxGet('/dashboard/overview/orders')).text).toContain('1 order, 2 tickets');
    await addOrder(arizona, show, { created_at: '2026-11-20T20:00:00.000Z' });
    expect((await alice.htmxGet('/dashboard/overview/orders')).text).toContain('2 orders, 4 tickets');
  });

  it('loses one card when one table fails, and nothing else', async () => {
    await addShow(arizona, { title: 'Still here' });
    await t.db.schema.renameTable('producers_payout', 'gone');
    const whole = await alice.get('/dashboard/overview?cards=all').expect(200);
    const balance = await alice.htmxGet('/dashboard/overview/balance').expect(200);
    await t.db.schema.renameTable('gone', 'producers_payout');
    expect(whole.text).toContain('Still here');
    for (const { text } of [whole, balance]) {
      expect(text).toContain('load the balance.');
      expect(text).toContain('Retry');
    }
  });
});

describe('statements of a page', () => {
  // The session, the person, their producers with flags; then what the page itself reads.
  it.each([
    ['overview', 3],
    ['overview/shows', 4],
    ['overview/balance', 5],
    ['shows', 5],
    ['orders', 5],
    ['finances', 8],
  ])('of /dashboard/%s are at most %d, however many rows there are', async (page, most) => {
    const count = () => t.countQueries(() => alice.get(`/dashboard/${page}`).expect(200));
    await alice.get('/dashboard/overview');
    const few = await count();
    for (let index = 0; index < 20; index++) await addOrder(arizona, await addShow(arizona));
    const many = await count();
    expect(many).toBeLessThanOrEqual(most);
    expect(few).toBeLessThanOrEqual(most);
  });
});
