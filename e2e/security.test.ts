import type { Page } from 'playwright-core';
import type { RouteEntry } from '../src/web/routes';
import { CANARY, poison } from '../test/security/support/poison';
import { inBrowser } from './support/in-browser';
import { fillTables } from './support/screen-data';

const browser = inBrowser();

/** The first object of each model, for the addresses that name one. */
async function addresses(): Promise<string[]> {
  const { app, db } = browser();
  const found: string[] = [];
  for (const { method, path } of app.get('routes') as RouteEntry[]) {
    if (method !== 'GET' || /github|:token|:topic|logout|export|healthz|readyz|waffle|well-known/.test(path)) continue;
    const [, section, model] = /^\/admin\/(\w+)\/(\w+)\//.exec(path) ?? [];
    const row = path.includes(':id') ? await db(`${section}_${model}`).first('id') : undefined;
    if (path.includes(':id') && row === undefined) continue;
    const url = path.replace(':id', String(row?.id)).replace(':slug', 'github');
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
    const staff = await app.open({ as: 'sam' });
    const user = await app.open({ as: 'alice' });
    await poison(app.db, CANARY);
    let shown = 0;
    const alive: string[] = [];
    const all = await addresses();
    for (const [page, urls] of [
      [staff, all],
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
  }, 120_000);
});
