import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { type Given, inspect, type Seen } from './in-page';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What `pageFindings` of further views need not look at again. */
export const nothingSeen = (): Seen => ({ states: [], texts: [] });

/**
 * What is wrong with the page as it stands: findings of axe (WCAG 2.2 AA and its best practices), sideways scroll,
 * ids that stand twice, and a heading of the first level that is missing or double. Empty when all is well. What axe has
 * seen is noted in `seen`; what is the same in a further view is not looked at again.
 */
export async function pageFindings(page: Page, seen = nothingSeen(), what: Given['what'] = 'all'): Promise<string[]> {
  const { findings, needsAxe, ...now } = await page.evaluate(inspect, { ...seen, what });
  if (needsAxe) {
    // As a script of the page axe would be blocked by the content security policy; evaluated from outside it is not.
    await page.evaluate(axeSource);
    return pageFindings(page, seen, what);
  }
  Object.assign(seen, now);
  return findings;
}

/** The part of the findings that needs no axe and takes a moment only. */
export const structureFindings = (page: Page): Promise<string[]> => pageFindings(page, nothingSeen(), 'structure');

/** Whether the focus fell back to the page, where the next key press goes nowhere. */
export const focusIsLost = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.activeElement === null || document.activeElement === document.body);
