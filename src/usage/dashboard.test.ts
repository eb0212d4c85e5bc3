import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { localActor } from '../lib/viewer';
import type { RulesetSource } from '../snapshots';
import { createFlag, createSample, createSwitch } from '../teams';
import { dayOf } from './usage';

const LIST = '/admin/flags/flag/';
const DAY_MS = 86_400_000;

let t: TestApp;
let sam: Visitor;

/** A page without the places where long names may break. */
const read = async (url: string, visitor = sam): Promise<string> =>
  (await visitor.get(url).expect(200)).text.replaceAll('<wbr>', '');

/** A row of the list as text, by the name of its flag. */
async function row(name: string, url = LIST): Promise<string> {
  const text = await read(url);
  const rows = text.split('<tr>').filter((each) => each.includes(`>${name}</a>`) || each.includes(`>${name}<p`));
  return (rows[0] ?? '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The value of the checkbox of a flag. */
async function idOf(name: string): Promise<string> {
  const { text } = await sam.get(LIST).expect(200);
  return (
    new RegExp(`value="([0-9a-f]{12})"[^>]*aria-label="Select ${name.replaceAll('.', '\\.')}"`).exec(text)?.[1] ?? ''
  );
}

beforeAll(async () => {
  t = await testApp({ environment: { FLAG_SHOP_BANNER: 'true' } });
  const { conditionFlags } = t.services;
  const stamps = { created_at: t.clock.now().toISOString(), modified_at: t.clock.now().toISOString() };
  await conditionFlags.createFlag({ name: 'shop.cart.view', default: true, description: 'The new cart' });
  await conditionFlags.createFlag({ name: 'shop.old.view', default: false });
  await t.services.db('teams_missing').insert({ kind: 'flag', name: 'asked_in_vain', asked: 3, ...stamps });
  const actor = localActor('system', 'test');
  await createFlag(t.services, actor, 'waffle_flag', { staff: true, percent: 20 });
  await createSwitch(t.services, actor, 'waffle_switch', { active: false });
  await createSample(t.services, actor, 'waffle_sample', { percent: 25 });
  sam = await t.as('sam');
});
afterAll(() => t.close());

describe('the dashboard of flags', () => {
  it('has the flags of every form: kind, state in words, where they are set, last use and health', async () => {
    const { conditionFlags, flags } = t.services;
    conditionFlags.isEnabled('shop.cart.view');
    conditionFlags.isEnabled('shop.nowhere.view');
    flags.sampleIsActive('waffle_sample');
    expect(await row('shop.cart.view')).toMatch(
      /Boolean · Database · changed just now The new cart On On for everyone\. 1 .*Active/,
    );
    expect(await row('shop.old.view')).toMatch(
      /Off Off.* Never Never evaluated Made today; nothing has asked for it\./,
    );
    expect(await row('waffle_flag')).toMatch(
      /Mixed · Global flags · flag · changed just now Partial On for staff and superusers, and for 20% of everyone else/,
    );
    expect(await row('waffle_switch')).toMatch(
      /Boolean · Global flags · switch · changed just now Off Off for everyone/,
    );
    expect(await row('waffle_sample')).toMatch(
      /Percent · Global flags · sample · changed just now Partial On for 25% of calls\. 1 /,
    );
    expect(await row('asked_in_vain')).toMatch(/Missing Code has asked for this flag 3 times\./);
    expect(await row('shop.nowhere.view')).toMatch(/Missing Code asks for it, and no source has it\./);
    expect(await row('knowledge_base_enabled')).toMatch(/User · Producers/);
    expect((await sam.get(LIST)).text).toMatch(/Store: database, revision \d+/);
  });

  it('narrows by health, state, kind, source and words, and drops what means nothing', async () => {
    const names = async (query: string) =>
      [...(await read(`${LIST}?${query}`)).matchAll(/<th scope="row">(?:<a [^>]*>)?([\w.]+)/g)].map(([, name]) => name);
    expect(await names('q=shop+cart')).toEqual(['shop.cart.view']);
    expect(await names('kind=percent')).toEqual(['waffle_sample']);
    expect(await names('health=missing')).toEqual(['asked_in_vain', 'shop.nowhere.view']);
    expect(await names('origin=environment')).toEqual(expect.arrayContaining([expect.stringMatching(/shop/i)]));
    expect((await names('health=clean-up')).slice(0, 2)).toEqual(['asked_in_vain', 'shop.nowhere.view']);
    expect((await names('health=nonsense&kind=__proto__')).length).toBeGreaterThan(6);
    const partial = await sam.htmxGet(`${LIST}?q=cart`).expect(200);
    expect(partial.text).not.toContain('<html');
  });

  it('takes as many statements for many flags as for a few', async () => {
    const { conditionFlags, usage } = t.services;
    await usage.stop(); // it writes at any moment, and sessions are read anew after each write
    await conditionFlags.createFlag({ name: 'many.flags.first' });
    await usage.flush();
    const few = await t.countQueries(() => sam.get(LIST).expect(200));
    for (let index = 0; index < 12; index++) {
      await conditionFlags.createFlag({ name: `many.flags.n${index}` });
      conditionFlags.isEnabled(`many.flags.n${index}`);
    }
    await usage.flush();
    expect(await t.countQueries(() => sam.get(LIST).expect(200))).toBe(few);
  });

  it('turns several on at once after asking, tells what it left alone, and takes it back', async () => {
    const ids = await Promise.all(['shop.old.view', 'waffle_flag', 'waffle_switch', 'waffle_sample'].map(idOf));
    expect(ids).not.toContain('');
    const asked = await sam.post(`${LIST}selection/`, { action: 'enable', _selected_action: ids, query: '?q=' });
    expect(asked.status).toBe(303);
    const confirm = await sam.get(String(asked.headers.location)).expect(200);
    expect(confirm.text).toContain('Turn on 4 flags for everyone?');
    const done = await sam.post(`${LIST}action/`, { action: 'enable', ids: ids.join('.'), across: '', back: '' });
    expect(done.status).toBe(303);
    const page = await sam.get(String(done.headers.location)).expect(200);
    expect(page.text).toContain('4 flags are on for everyone.');
    const request = /name="request" value="([0-9a-f-]{36})"/.exec(page.text)?.[1] ?? '';
    expect(t.services.conditionFlags.isEnabled('shop.old.view')).toBe(true);
    expect(t.services.flags.switchIsActive('waffle_switch')).toBe(true);
    expect(await row('waffle_sample')).toContain('On for every call.');
    const undone = await sam.post(`${LIST}undo/`, { request, back: '' });
    expect((await sam.get(String(undone.headers.location))).text).toContain('4 flags restored.');
    expect(t.services.conditionFlags.isEnabled('shop.old.view')).toBe(false);
    expect(await row('waffle_flag')).toContain('On for staff and superusers, and for 20% of everyone else');
    expect(await row('waffle_sample')).toContain('On for 25% of calls');
  });

  it('archives flags by conditions, which leave the list and answer as before', async () => {
    const ids = [await idOf('shop.cart.view'), await idOf('waffle_switch')];
    const query = new URLSearchParams({ action: 'archive', ids: ids.join('.') });
    const { text } = await sam.get(`${LIST}action/?${query.toString()}`).expect(200);
    expect(text).toContain('Archive 1 flag?');
    expect(text).toContain('is a switch, which is deleted instead of archived');
    const done = await sam.post(`${LIST}action/`, { action: 'archive', ids: ids.join('.'), back: '' });
    const page = await sam.get(String(done.headers.location));
    expect(await row('shop.cart.view')).toBe('');
    expect(await row('shop.cart.view', `${LIST}?health=archived`)).toContain('Archived');
    expect(t.services.conditionFlags.isEnabled('shop.cart.view')).toBe(true);
    const request = /name="request" value="([0-9a-f-]{36})"/.exec(page.text)?.[1] ?? '';
    await sam.post(`${LIST}undo/`, { request, back: '' });
    expect(await row('shop.cart.view')).toContain('On for everyone.');
  });

  it('lets only those change a flag who may, and says nothing of what they may not see', async () => {
    const vera = await t.as('vera'); // may look only
    expect((await vera.get(LIST).expect(200)).text).not.toContain('_selected_action');
    const refused = await vera.post(`${LIST}action/`, { action: 'enable', ids: await idOf('shop.old.view'), back: '' });
    expect((await vera.get(String(refused.headers.location))).text).toContain('is not yours to change');
    expect(t.services.conditionFlags.isEnabled('shop.old.view')).toBe(false);
    const alice = await t.as('alice');
    await alice.get(LIST).expect(404);
    expect((await sam.post(`${LIST}selection/`, { action: 'nonsense' })).status).toBe(422);
    expect((await sam.post(`${LIST}selection/`, { action: 'enable' })).status).toBe(422);
    expect((await sam.post(`${LIST}undo/`, { request: 'x' })).status).toBe(400);
  });

  it('calls stale what stayed as it is, and unknown what no code asks for', async () => {
    const { conditionFlags, usage } = t.services;
    conditionFlags.isEnabled('shop.cart.view');
    await usage.flush();
    t.clock.advance(31 * DAY_MS);
    sam = await (async () => {
      const visitor = t.visitor();
      await visitor.signIn('sam@example.com');
      return visitor;
    })();
    conditionFlags.isEnabled('shop.cart.view');
    expect(await row('shop.cart.view')).toMatch(/Stale Everybody has got “on” for 31 days\. Not changed for 31 days\./);
    expect(await row('shop.old.view')).toMatch(/Unknown to code No code names it, and nothing has asked for it/);
  });
});

describe('the usage of flags', () => {
  const USAGE = '/admin/flags/usage/';

  it('goes from years to months, days and hours, by flag and answer, and leaves as CSV', async () => {
    const now = t.clock.now();
    const [year, month, day] = dayOf(now).split('-');
    t.services.conditionFlags.isEnabled('shop.cart.view');
    const long = { form: 'condition', name: 'long.ago', variant: 'on', evaluations: 1 };
    await t.db('usage_day').insert({ ...long, day: '2001-02-03' });
    const all = await sam.get(USAGE).expect(200);
    expect(all.text).toContain(`?year=${year}"`);
    expect(all.text).toContain('Evaluations by year');
    // Where there is one part alone, its own parts are shown.
    const only = async () => (await sam.get(`${USAGE}?flag=condition:long.ago`).expect(200)).text;
    expect(await only()).toContain('Evaluations by day');
    await t.db('usage_day').insert({ ...long, day: '2001-05-03' });
    expect(await only()).toContain('Evaluations by month');
    const days = await sam.get(`${USAGE}?year=${year}&month=${month}&flag=condition:shop.cart.view`).expect(200);
    expect(days.text).toContain('Evaluations by day');
    expect(days.text).toContain(`day=${day}`);
    const hours = await sam.get(`${USAGE}?year=${year}&month=${month}&day=${day}&variant=on`).expect(200);
    expect(hours.text).toContain('Evaluations by hour');
    await sam.get(`${USAGE}?year=abc&month=99&day=0&flag=__proto__:x&variant=%27`).expect(200);
    await t.services.usage.flush();
    await t.db('usage_day').insert({ form: 'condition', name: '=cmd', variant: 'on', day: dayOf(now), evaluations: 1 });
    const csv = await sam.get(`${USAGE}export/?year=${year}&month=${month}`).expect(200);
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.text).toMatch(/^\uFEFF?day,kind,flag,variant,evaluations/);
    expect(csv.text).not.toMatch(/,=cmd/);
    expect(await t.db('audit_entry').where({ action: 'export', object_type: 'flags.usage' })).toHaveLength(1);
  });
});

describe('while the store of flags fails', () => {
  it('says so, from when the values are, and shows them all the same', async () => {
    const { snapshots } = t.services;
    const holder = (snapshots as unknown as { source: RulesetSource }).source;
    const { load, revision } = holder;
    holder.load = () => Promise.reject(new Error('away'));
    holder.revision = () => Promise.reject(new Error('away'));
    try {
      await (snapshots as unknown as { poll(): Promise<void> }).poll();
      const text = await read(LIST);
      expect(text).toMatch(/Flag store unreachable; values shown are from <time[^>]*>\d\d:\d\d/);
      expect(text).toContain('shop.cart.view');
    } finally {
      Object.assign(holder, { load, revision });
    }
  });
});
