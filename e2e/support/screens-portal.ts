import type { Page } from 'playwright-core';
import type { BrowserApp } from './browser-app';
import type { Screen } from './screens-admin';

const refused = (page: Page) => page.locator('.ff-error-summary:focus').waitFor();
const press = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true }).click();

const firstShow = async ({ db }: BrowserApp): Promise<number> =>
  (await db('producers_show').orderBy('id').first('id')).id;
const firstOrder = async ({ db }: BrowserApp): Promise<number> =>
  (await db('producers_order').orderBy('id').first('id')).id;

/** While nothing was done yet. */
export const emptyPortalScreens: readonly Screen[] = [
  [
    'portal overview empty',
    async (page) => {
      await page.goto('/dashboard/overview');
      await page.getByText('Nothing was sold since midnight.').waitFor();
    },
  ],
  ['portal shows empty', '/dashboard/shows'],
  ['portal orders empty', '/dashboard/orders'],
  ['portal finances empty', '/dashboard/finances'],
];

/** Of a producer at work. */
export const portalScreens: readonly Screen[] = [
  [
    'portal overview',
    async (page) => {
      await page.goto('/dashboard/overview');
      await page.getByText('orders waiting for payment').waitFor();
      await page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });
    },
  ],
  [
    'portal overview with a card that failed',
    async (page, { db }) => {
      await db.schema.renameTable('producers_order', 'orders_away');
      try {
        await page.goto('/dashboard/overview');
        await page.getByText("Couldn't load orders.").waitFor();
        await page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });
      } finally {
        await db.schema.renameTable('orders_away', 'producers_order');
      }
    },
  ],
  ['portal shows', '/dashboard/shows'],
  ['portal shows filtered', '/dashboard/shows?q=improv&status=draft&o=-title'],
  ['portal shows without a match', '/dashboard/shows?q=nothing+like+it'],
  ['portal show', async (page, app) => page.goto(`/dashboard/shows/${(await firstShow(app)) + 2}`)],
  ['portal show form', async (page, app) => page.goto(`/dashboard/shows/${await firstShow(app)}/edit`)],
  [
    'portal show form with errors',
    async (page) => {
      await page.goto('/dashboard/shows/new');
      await page.getByLabel('Title').fill('A title');
      await page.getByLabel('Price of a ticket').fill('much');
      await press(page, 'Create show');
      await refused(page);
    },
  ],
  [
    'portal show form with a conflict',
    async (page, app) => {
      const id = await firstShow(app);
      await page.goto(`/dashboard/shows/${id}/edit`);
      await page.getByLabel('Venue').fill('Copper Room');
      await app
        .db('producers_show')
        .where({ id })
        .update({ title: `Renamed ${app.clock.now().getTime()}` });
      await press(page, 'Save show');
      await page.getByText('Somebody else saved this show').waitFor();
    },
  ],
  ['portal orders', '/dashboard/orders'],
  ['portal order', async (page, app) => page.goto(`/dashboard/orders/${await firstOrder(app)}`)],
  ['portal finances', '/dashboard/finances'],
  ['portal page that is not available', '/dashboard/ai-assistant'],
  [
    'portal switcher',
    async (page) => {
      await page.goto('/dashboard/shows');
      await page.getByRole('button', { name: /Choose another/ }).click();
    },
  ],
  [
    'portal menu',
    async (page) => {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto('/dashboard/orders');
      await page.getByRole('button', { name: 'Menu', exact: true }).click();
    },
  ],
  ['help portal', '/help/portal/'],
];

/** For somebody who may only look. */
export const portalViewerScreens: readonly Screen[] = [
  ['portal shows of a viewer', '/dashboard/shows'],
  ['portal show of a viewer', async (page, app) => page.goto(`/dashboard/shows/${await firstShow(app)}`)],
];
