import type { Page } from 'playwright-core';
import type { BrowserApp } from './browser-app';

export const FLAGS = '/admin/teams/flag/';
export const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;
export const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });
const count = (page: Page) => page.locator('#changelist-status');
export const names = (page: Page) => page.locator('#result-list tbody th .ff-row-link').allInnerTexts();
export const hasFocus = (locator: ReturnType<Page['locator']>) =>
  locator.evaluate((each) => each === document.activeElement);

/** Waits until the list says so many objects, in the region that is read out. */
export const counted = (page: Page, text: string) => count(page).getByText(text, { exact: true }).waitFor();

/** The number of a flag, by its name. */
export const flagId = async ({ db }: BrowserApp, name: string): Promise<number> =>
  (await db('teams_flag').where({ name }).first('id')).id;
