import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { inTransaction } from '../src/db';
import { bumpProducers } from '../src/producers';
import { until } from '../test/support/until';
import { inBrowser } from './support/in-browser';
import { focusIsLost } from './support/page-checks';
import { fillPortal, type PortalObjects } from './support/portal-data';

const browser = inBrowser();
let objects: PortalObjects;

beforeAll(async () => {
  objects = await fillPortal(browser());
});

const nav = (page: Page) => page.getByRole('navigation', { name: 'Producer' });
const item = (page: Page, name: string) => nav(page).getByRole('link', { name, exact: true });
const labels = (page: Page) => nav(page).getByRole('link').allInnerTexts();
/** The page hears of changes from now on. */
const connected = (page: Page) =>
  until('the page to be connected', () =>
    page.evaluate(() => Reflect.has(Reflect.get(document.querySelector('#ff-live') ?? {}, '_htmx') ?? {}, 'sse')),
  );

const flags = (values: Record<string, boolean>) =>
  inTransaction(browser().db, async (trx) => {
    await trx('producers_featureflags').where({ producer_id: objects.producer }).update(values);
    await bumpProducers(trx, [objects.producer]);
  });

afterEach(() => flags({ knowledge_base_enabled: false, ai_agents_enabled: false, additional_services_enabled: false }));

describe('staff and a producer side by side', () => {
  it('a switch of staff reaches the open page within a second, and nothing that is being typed is touched', async () => {
    const [alice, sam] = [await browser().open({ as: 'alice' }), await browser().open({ as: 'sam' })];
    await alice.goto('/dashboard/shows/new');
    await connected(alice);
    expect(await labels(alice)).toEqual(['Dashboard', 'Shows', 'Orders', 'Finances', 'Support']);
    await sam.goto(`/admin/producers/producer/${objects.producer}/change/`);
    const title = alice.getByLabel('Title');
    await title.pressSequentially('Half a ti');
    await sam.getByRole('switch', { name: 'AI Agents' }).click();
    const clicked = performance.now();
    await item(alice, 'AI Assistant').waitFor();
    expect(performance.now() - clicked).toBeLessThan(1_000);
    await title.pressSequentially('tle');
    expect(await title.inputValue()).toBe('Half a title');
    expect(await title.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await alice.locator('#producer-nav-news').innerText()).toBe('AI Assistant is available now.');
    expect(await item(alice, 'Shows').getAttribute('aria-current')).toBe('page');
    expect(await labels(alice)).toEqual(['Dashboard', 'Shows', 'Orders', 'Finances', 'AI Assistant', 'Support']);
    await sam.getByRole('button', { name: 'Undo' }).first().click();
    await item(alice, 'AI Assistant').waitFor({ state: 'detached' });
  });

  it('the master switch opens everything at once, and closes it again', async () => {
    const [alice, sam] = [await browser().open({ as: 'alice' }), await browser().open({ as: 'sam' })];
    await alice.goto('/dashboard/orders');
    await connected(alice);
    const { id } = await browser().db('teams_switch').where({ name: 'producer_flags_enabled' }).first('id');
    const turn = async (to: boolean) => {
      await sam.goto(`/admin/teams/switch/${id}/change/`);
      await sam.getByLabel('Active').setChecked(to);
      await sam.getByRole('button', { name: 'Save', exact: true }).click();
    };
    await turn(false);
    for (const name of ['Knowledge Base', 'AI Assistant', 'Additional Services']) await item(alice, name).waitFor();
    await turn(true);
    await item(alice, 'Additional Services').waitFor({ state: 'detached' });
    expect(await labels(alice)).toEqual(['Dashboard', 'Shows', 'Orders', 'Finances', 'Support']);
  });
});

describe('an open page', () => {
  it('keeps the focus where it is, on a link that stays and on one that goes', async () => {
    const alice = await browser().open({ as: 'alice' });
    await flags({ knowledge_base_enabled: true });
    await alice.goto('/dashboard/shows');
    await connected(alice);
    await item(alice, 'Support').focus();
    await flags({ ai_agents_enabled: true });
    await item(alice, 'AI Assistant').waitFor();
    expect(await item(alice, 'Support').evaluate((link) => link === document.activeElement)).toBe(true);
    await item(alice, 'Knowledge Base').focus();
    await flags({ knowledge_base_enabled: false });
    await item(alice, 'Knowledge Base').waitFor({ state: 'detached' });
    await until('the focus to be somewhere', async () => !(await focusIsLost(alice)));
  });

  it('does not vanish when its own feature is switched off; the next request says so', async () => {
    const alice = await browser().open({ as: 'alice' });
    await flags({ knowledge_base_enabled: true });
    await alice.goto('/dashboard/knowledge-base');
    await connected(alice);
    const heading = await alice.getByRole('heading', { level: 1 }).innerText();
    await flags({ knowledge_base_enabled: false });
    await item(alice, 'Knowledge Base').waitFor({ state: 'detached' });
    expect(await alice.getByRole('heading', { level: 1 }).innerText()).toBe(heading);
    await alice.reload();
    await alice.getByText("This page isn't available for your account.").waitFor();
    await alice.getByRole('link', { name: 'Go to the Dashboard' }).click();
    await alice.getByRole('heading', { name: 'Next shows' }).waitFor();
  });

  it('catches up with what changed while it was cut off', async () => {
    const alice = await browser().open({ as: 'alice' });
    await alice.goto('/dashboard/finances');
    await connected(alice);
    await until('one stream', () => browser().services.streams.size === 1);
    await alice.context().setOffline(true);
    browser().services.streams.dropAll();
    await flags({ additional_services_enabled: true });
    await sleep(300);
    expect(await item(alice, 'Additional Services').count()).toBe(0);
    await alice.context().setOffline(false);
    await item(alice, 'Additional Services').waitFor();
    browser().problems.splice(0); // Chromium complains about every try while there is no network
  });

  it('says so when its access ends, and comes back no more', async () => {
    const { db, ids, services } = browser();
    const charlie = await browser().open({ as: 'charlie' });
    await charlie.goto('/dashboard/orders');
    await connected(charlie);
    const place = await db('producers_userproducer').where({ user_id: ids.charlie }).first();
    await db('producers_userproducer').where({ user_id: ids.charlie }).delete();
    await charlie.getByText('This page no longer follows changes').waitFor();
    await until('the stream to be gone', () => services.streams.size === 0);
    await sleep(2_500);
    expect(services.streams.size).toBe(0);
    await db('producers_userproducer').insert(place);
  });
});

describe('shows', () => {
  it('are created, changed and found by keyboard and mouse', async () => {
    const alice = await browser().open({ as: 'alice' });
    await alice.goto('/dashboard/shows');
    await alice.getByRole('link', { name: 'Create show' }).click();
    await alice.getByRole('button', { name: 'Create show' }).click();
    await alice.locator('.ff-error-summary:focus').waitFor();
    await alice.getByLabel('Title').fill('An Evening of Probes');
    await alice.getByLabel('Venue').fill('Copper Room');
    await alice.getByLabel('Starts').fill('2031-03-05T19:30');
    await alice.getByLabel('Places').fill('90');
    await alice.getByLabel('Price of a ticket').fill('$12.50');
    await alice.getByRole('radio', { name: 'On sale' }).check();
    await alice.getByRole('button', { name: 'Create show' }).click();
    await alice.getByRole('heading', { name: 'An Evening of Probes' }).waitFor();
    await alice.getByText('An Evening of Probes is added.').waitFor();
    expect(await alice.getByRole('main').innerText()).toContain('$12.50');
    await item(alice, 'Shows').click();
    await alice.getByRole('searchbox').fill('probes');
    await alice.getByText('1 show', { exact: true }).waitFor();
    await alice.waitForURL(/q=probes/);
    await alice.getByRole('link', { name: 'An Evening of Probes' }).waitFor();
  });

  it('are filtered, sorted and paged in place, and each state has an address', async () => {
    const alice = await browser().open({ as: 'alice' });
    await alice.goto('/dashboard/orders');
    const pending = alice.locator('#filter-status-3');
    await pending.click();
    await alice.waitForURL(/status=pending/);
    await until('the filter to be current', async () => (await pending.getAttribute('aria-current')) === 'true');
    expect(await focusIsLost(alice)).toBe(false);
    await alice.goto('/dashboard/orders');
    await alice.locator('#pager-next').click();
    await alice.waitForURL(/p=2/);
    await alice.getByText('26–50 of 60 orders').waitFor();
    await alice.locator('#sort-total').click();
    await alice.waitForURL(/o=total/);
    await alice.reload();
    expect(await alice.locator('th[aria-sort="ascending"]').innerText()).toContain('Total');
  });
});

describe('without JavaScript', () => {
  it('the overview has its figures, and a show is created and saved over a conflict', async () => {
    const alice = await browser().open({ as: 'alice', javaScript: false });
    await alice.goto('/dashboard/overview');
    await alice.waitForURL(/cards=all/);
    expect(await alice.getByRole('main').innerText()).toContain('$6,112.40');
    await item(alice, 'Shows').click();
    await alice.getByRole('searchbox').fill('brunch');
    await alice.getByRole('button', { name: 'Search' }).click();
    expect(new URL(alice.url()).search).toBe('?q=brunch');
    await alice.getByRole('link', { name: 'Clean Comedy Brunch' }).first().click();
    await alice.getByRole('link', { name: 'Edit show' }).click();
    await alice.getByLabel('Venue').fill('Somewhere else');
    await browser().db('producers_show').where({ title: 'Clean Comedy Brunch' }).update({ city: 'Tucson' });
    await alice.getByRole('button', { name: 'Save show' }).click();
    expect(await alice.locator('#conflict').innerText()).toContain('Tucson');
    expect(await alice.getByLabel('Venue').inputValue()).toBe('Somewhere else');
    await alice.getByRole('button', { name: 'Save mine anyway' }).click();
    expect(await alice.getByRole('main').innerText()).toContain('Somewhere else');
  });

  it('a page that is not available says so, with the way back', async () => {
    const alice = await browser().open({ as: 'alice', javaScript: false });
    const response = await alice.goto('/dashboard/knowledge-base');
    expect(response?.status()).toBe(404);
    await alice.getByRole('link', { name: 'Go to the Dashboard' }).click();
    expect(new URL(alice.url()).pathname).toBe('/dashboard/overview');
  });
});

describe('a restart of the server', () => {
  it('is survived: the page connects again and hears what changed meanwhile', async () => {
    const { app, services } = browser();
    // A server of its own, so that it can be stopped.
    const serve = (port: number): Promise<Server> =>
      new Promise((resolve) => {
        const server = createServer(app).listen(port, '127.0.0.1', () => resolve(server));
      });
    let server = await serve(0);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const alice = await browser().open({ as: 'alice' });
    const origin = `http://127.0.0.1:${port}`;
    await alice.goto(`${origin}/dashboard/orders`);
    await connected(alice);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    await flags({ knowledge_base_enabled: true });
    await sleep(700);
    server = await serve(port);
    await item(alice, 'Knowledge Base').waitFor();
    expect(services.streams.size).toBe(1);
    await alice.context().close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    browser().problems.splice(0); // of the time without a server, and of a second origin
  });
});
