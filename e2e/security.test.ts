import type { Page } from 'playwright-core';
import { createAdminSite } from '../src/admin-site';
import type { RouteEntry } from '../src/web/routes';
import { CANARY, poison } from '../test/security/support/poison';
import { setFeatures } from '../test/support/features';
import { inBrowser } from './support/in-browser';
import { fillPortal } from './support/portal-data';
import { fillTables } from './support/screen-data';
import { fillContent } from './support/screens-content';

const browser = inBrowser();

/** What a page of the portal is about: a table, the column in its address, and whether a producer has rows of its own. */
const OF_THE_PORTAL: Readonly<Record<string, readonly [table: string, column: string, own: boolean]>> = {
  '/dashboard/shows/': ['producers_show', 'id', true],
  '/dashboard/orders/': ['producers_order', 'id', true],
  '/dashboard/support/': ['support_ticket', 'number', true],
  '/dashboard/knowledge-base/': ['knowledge_article', 'slug', false],
};

/** What stands for the parameter of a path: the first object of the model, of Alice's producer in the portal. */
async function objectOf(path: string): Promise<unknown> {
  const { db } = browser();
  const portal = Object.entries(OF_THE_PORTAL).find(([start]) => path.startsWith(start));
  if (path.startsWith('/admin/flags/flag/')) return (await db('flags_flaginfo').first('name'))?.name;
  if (portal === undefined) {
    const [, section, model] = /^\/admin\/(\w+)\/(\w+)\//.exec(path) ?? [];
    const admin = createAdminSite(browser().services).find(`${section}.${model}`);
    return admin === undefined ? undefined : (await db(admin.model.table).first('id'))?.id;
  }
  const [, [table, column, own]] = portal;
  const { producer_id } = await db('producers_userproducer')
    .where({ user_id: browser().ids.alice })
    .first('producer_id');
  const row = await db(table)
    .where(own ? { producer_id } : {})
    .first(column);
  return row?.[column];
}

/** The addresses of everything that can be read, but for what never ends, leaves the site or is read by programs. */
async function addresses(): Promise<string[]> {
  const found: string[] = [];
  for (const { method, path } of browser().app.get('routes') as RouteEntry[]) {
    if (
      method !== 'GET' ||
      /github|:token|:topic|logout|export|healthz|readyz|waffle|well-known|stream|\/api\//.test(path)
    )
      continue;
    const fixed = path.replace(':card', 'shows').replace('/integrations/:slug', '/integrations/github');
    const object = fixed.includes(':') ? await objectOf(fixed) : undefined;
    if (fixed.includes(':') && object === undefined) continue;
    const url = fixed.replace(/:\w+/, encodeURIComponent(String(object)));
    if (path.endsWith('autocomplete/')) found.push(`${url}?field=users&q=a`, `${url}?field=user_id&q=a`);
    else if (path.endsWith('action/')) found.push(`${url}?_action=delete_selected&_ids=1.2.3`);
    else found.push(url, ...(/^\/admin\/\w+\/\w+\/$/.test(url) ? [`${url}?q=img`] : []));
  }
  return found;
}

/** What the page shows of the canary, and whether any of it came to life. */
const lookAt = (page: Page): Promise<{ shown: boolean; alive: number }> =>
  page.evaluate(() => ({
    shown: document.documentElement.outerHTML.includes('onerror=alert(1)'),
    alive: document.querySelectorAll('img[src="x"], [onerror], script:not([src]):not([type="application/json"])')
      .length,
  }));

describe('text from outside in a real browser', () => {
  it('is text on every page and in every file, and nothing of it runs', async () => {
    const app = browser();
    await fillTables(app);
    await fillPortal(app);
    await fillContent(app);
    await setFeatures(app.db, 'arizona-comedy', [
      'knowledgeBaseEnabled',
      'aiAgentsEnabled',
      'additionalServicesEnabled',
    ]);
    const staff = await app.open({ as: 'sam' });
    const user = await app.open({ as: 'alice' });
    await poison(app.db, CANARY);
    let shown = 0;
    const alive: string[] = [];
    const all = await addresses();
    for (const [page, urls] of [
      [staff, all.filter((url) => url.startsWith('/admin/'))],
      [user, all.filter((url) => !url.startsWith('/admin/'))],
    ] as const) {
      for (const url of urls) {
        await page.goto(url, { waitUntil: 'domcontentloaded' });
        const found = await lookAt(page);
        shown += Number(found.shown);
        if (found.alive > 0) alive.push(url);
      }
    }
    expect(alive).toEqual([]);
    expect(shown).toBeGreaterThan(30); // else nothing was tried
    // What a program reads is shown as text or saved, and comes to life as little.
    for (const url of ['/waffle_status', '/wafflejs']) {
      await staff.goto(url);
      expect((await lookAt(staff)).alive).toBe(0);
    }
    const download = staff.waitForEvent('download');
    await staff.goto('/admin/teams/flag/export/?format=csv').catch(() => undefined); // what is saved opens no page
    expect((await download).suggestedFilename()).toMatch(/^teams-flag-[\d-]+\.csv$/);
    expect(app.problems).toEqual([]);
  }, 300_000);
});
