import type { Page } from 'playwright-core';
import { inBrowser } from './support/in-browser';
import { focusIsLost } from './support/page-checks';

const browser = inBrowser();

const LIST = '/admin/producers/producer/';
const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });
const flag = (page: Page, name: string) => page.getByRole('switch', { name, exact: true });

let ids: number[] = [];

beforeAll(async () => {
  const { db, clock } = browser();
  const stamps = { created_at: clock.now().toISOString(), modified_at: clock.now().toISOString() };
  const rows = Array.from({ length: 118 }, (_, index) => ({
    name: `Stage ${String(index).padStart(3, '0')}`,
    slug: `stage-${index}`,
    contact_email: `hello@stage-${index}.example`,
    ...stamps,
  }));
  const added = (await db('producers_producer').insert(rows).returning('id')) as { id: number }[];
  ids = added.map(({ id }) => id).sort((a, b) => a - b);
  await db('producers_featureflags').insert(ids.map((producer_id) => ({ producer_id, ...stamps })));
});

beforeEach(async () => {
  const off = { knowledge_base_enabled: false, ai_agents_enabled: false, additional_services_enabled: false };
  await browser().db('producers_featureflags').update(off);
});

const has = async (id: number | undefined, feature = 'ai_agents_enabled') =>
  Boolean((await browser().db('producers_featureflags').where({ producer_id: id }).first(feature))[feature]);

const nameOf = async (id: number | undefined) =>
  (await browser().db('producers_producer').where({ id }).first('name')).name;

describe('a switch of the producer’s page', () => {
  it('saves by itself, loses nothing else, and is taken back by Undo', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${LIST}${ids[0]}/change/`);
    await page.locator('#id_name').fill('Half typed');
    await flag(page, 'AI Agents').click();
    await page.locator('#ff-ai_agents_enabled-status').getByText('Saved').waitFor();
    await page.locator('#flag-ai_agents_enabled').getByText('Changed by Sam Super, just now').waitFor();
    await page.locator('#flags-history').getByText('Sam Super turned on AI Agents').waitFor();
    expect(await flag(page, 'AI Agents').isChecked()).toBe(true);
    expect(await has(ids[0])).toBe(true);
    expect(await nameOf(ids[0])).toBe('Stage 000');
    expect(await page.locator('#id_name').inputValue()).toBe('Half typed');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('switch');

    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('AI Agents is off again for Stage 000.').waitFor();
    expect(await flag(page, 'AI Agents').isChecked()).toBe(false);
    expect(await has(ids[0])).toBe(false);
    expect(await focusIsLost(page)).toBe(false);
    expect(await page.locator('#id_name').inputValue()).toBe('Half typed');

    await flag(page, 'Knowledge Base').click();
    await page.locator('#ff-knowledge_base_enabled-status').getByText('Saved').waitFor();
    await button(page, 'Save and continue editing').click();
    await page.getByText('Saved Half typed.').waitFor();
    expect(await has(ids[0], 'knowledge_base_enabled')).toBe(true);
    await browser().db('producers_producer').where({ id: ids[0] }).update({ name: 'Stage 000' });
  });

  it('works with the keyboard, and leaves nothing unsaved behind', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${LIST}${ids[1]}/change/`);
    await flag(page, 'AI Agents').focus();
    await page.keyboard.press('Space');
    await page.locator('#ff-ai_agents_enabled-status').getByText('Saved').waitFor();
    await page.goto(LIST);
    expect(await has(ids[1])).toBe(true);
  });

  it('goes back when the server cannot do it', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${LIST}${ids[2]}/change/`);
    await browser().db('producers_userproducer').where({ producer_id: ids[2] }).delete();
    await page.route('**/flags/', (route) => route.abort('connectionreset'));
    await flag(page, 'AI Agents').click();
    await page.getByText('The server did not answer.').waitFor();
    expect(await flag(page, 'AI Agents').isChecked()).toBe(false);
    browser().problems.splice(0); // the browser itself complains of the broken connection
  });

  it('two people at two switches of one producer: both hold, and each sees the other’s after a reload', async () => {
    const [first, second] = [await browser().open({ as: 'sam' }), await browser().open({ as: 'sam' })];
    for (const page of [first, second]) await page.goto(`${LIST}${ids[3]}/change/`);
    await Promise.all([flag(first, 'AI Agents').click(), flag(second, 'Knowledge Base').click()]);
    await first.locator('#ff-ai_agents_enabled-status').getByText('Saved').waitFor();
    await second.locator('#ff-knowledge_base_enabled-status').getByText('Saved').waitFor();
    await first.reload();
    expect(await flag(first, 'AI Agents').isChecked()).toBe(true);
    expect(await flag(first, 'Knowledge Base').isChecked()).toBe(true);
  });
});

describe('without JavaScript', () => {
  it('the switches go with Save, and a stale one is answered with both versions', async () => {
    const page = await browser().open({ as: 'sam', javaScript: false });
    await page.goto(`${LIST}${ids[4]}/change/`);
    await flag(page, 'AI Agents').check();
    await button(page, 'Save and continue editing').click();
    await page.getByText('Turned on AI Agents.').first().waitFor();
    expect(await has(ids[4])).toBe(true);

    await flag(page, 'AI Agents').uncheck();
    await page.locator('#id_name').fill('Typed with care');
    await browser().db('producers_featureflags').where({ producer_id: ids[4] }).update({ ai_agents_enabled: false });
    await button(page, 'Save').click();
    await page.getByRole('heading', { name: 'was changed while you edited it' }).waitFor();
    await page
      .getByRole('radio', { name: 'Name: keep mine, “Typed with care”' })
      .or(page.getByRole('radio', { name: /Name: keep mine/ }))
      .first()
      .check();
    await button(page, 'Save these values').click();
    await page.getByText('Saved Typed with care.').waitFor();
    expect(await has(ids[4])).toBe(false);
    await browser().db('producers_producer').where({ id: ids[4] }).update({ name: 'Stage 004' });
  });
});

describe('an action on many producers', () => {
  it.each([true, false])('asks, acts, and is taken back by Undo; JavaScript %s', async (javaScript) => {
    const page = await browser().open({ as: 'sam', javaScript });
    await page.goto(`${LIST}?q=stage`);
    for (const name of ['Stage 005', 'Stage 007']) await page.getByRole('checkbox', { name: `Select ${name}` }).check();
    await page.getByLabel('Action').selectOption({ label: 'Enable AI Agents for selected producers' });
    await button(page, 'Go').click();
    await page.getByRole('heading', { name: 'Enable AI Agents for 2 producers?' }).waitFor();
    await page.getByText('2 producers will really change').waitFor();
    expect(await has(ids[5])).toBe(false);
    await button(page, 'Enable AI Agents').click();
    await page.getByText('Enabled AI Agents for 2 producers.').waitFor();
    expect([await has(ids[5]), await has(ids[6]), await has(ids[7])]).toEqual([true, false, true]);
    expect(new URL(page.url()).search).toBe('?q=stage');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('2 producers restored.').waitFor();
    expect([await has(ids[5]), await has(ids[7])]).toEqual([false, false]);
  });

  it('reaches all that a filter shows, disables all features, and restores each former state', async () => {
    const { db } = browser();
    await db('producers_featureflags')
      .where('producer_id', '<', ids[60] ?? 0)
      .update({ knowledge_base_enabled: true });
    const before = await db('producers_featureflags').orderBy('id').pluck('knowledge_base_enabled');
    const page = await browser().open({ as: 'sam' });
    await page.goto(LIST);
    await page.getByRole('checkbox', { name: 'Select all rows on this page' }).check();
    await page.getByRole('checkbox', { name: 'Select all 120 producers' }).check();
    await page.getByLabel('Action').selectOption({ label: 'Disable all features for selected producers' });
    await button(page, 'Go').click();
    await page.getByRole('heading', { name: 'Disable all features for 120 producers?' }).waitFor();
    await button(page, 'Disable all features').click();
    await page.getByText(/Disabled all features for \d+ producers\./).waitFor();
    expect(await db('producers_featureflags').where({ knowledge_base_enabled: true })).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(/producers restored\./).waitFor();
    expect(await db('producers_featureflags').orderBy('id').pluck('knowledge_base_enabled')).toEqual(before);
  });

  it('shows how far a large one has come', async () => {
    const { db, clock } = browser();
    const stamps = { created_at: clock.now().toISOString(), modified_at: clock.now().toISOString() };
    for (let from = 0; from < 6_000; from += 300) {
      const rows = Array.from({ length: 300 }, (_, index) => ({
        name: `Many ${from + index}`,
        slug: `many-${from + index}`,
        ...stamps,
      }));
      await db('producers_producer').insert(rows);
    }
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${LIST}action/?_action=enable_ai_agents&_across=1&q=many`);
    await page.evaluate(() => {
      const look = () => {
        const bar = document.querySelector('#action-progress progress');
        if (bar !== null)
          sessionStorage.setItem('progress', `${document.querySelector('.ff-progress-head')?.textContent}`);
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
    });
    await button(page, 'Enable AI Agents').click();
    await page.getByText('Enabled AI Agents for 6,000 producers.').waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem('progress'))).toMatch(/Enable AI Agents.*%/);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('6,000 producers restored.').waitFor();
    await db('producers_producer').where('slug', 'like', 'many-%').delete();
  });
});

it('who may only look sees the switches and cannot move them', async () => {
  const page = await browser().open({ as: 'vera' });
  await page.goto(`${LIST}${ids[8]}/change/`);
  expect(await flag(page, 'AI Agents').isDisabled()).toBe(true);
  await page.getByText('You may look at these, but not change them.').waitFor();
  expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0);
});

it('the banner stands on the pages of producers while their flags decide nothing', async () => {
  const { services } = browser();
  services.flags.override('switch', 'producer_flags_enabled', false);
  const page = await browser().open({ as: 'sam' });
  for (const url of [LIST, `${LIST}${ids[9]}/change/`]) {
    await page.goto(url);
    await page.getByText('Every producer sees every feature at the moment').waitFor();
  }
  services.flags.override('switch', 'producer_flags_enabled', true);
});
