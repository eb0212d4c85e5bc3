import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/**
 * What is wrong with the page as it stands: findings of axe (WCAG 2.2 AA and its best practices), sideways scroll,
 * ids that stand twice, and a heading of the first level that is missing or double. Empty when all is well. With
 * `colours` axe looks at nothing but them: for a page that it saw in another colour scheme.
 */
export async function pageFindings(page: Page, { colours = false } = {}): Promise<string[]> {
  // As a script of the page axe would be blocked by the content security policy; evaluated from outside it is not.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const axe = await page.evaluate(async (only) => {
    const { axe: runner } = window as unknown as {
      axe: { run(context: Document, options: object): Promise<AxeResults> };
    };
    // The rule for the size of targets (WCAG 2.2) is the one that has to be asked for.
    const rules = { 'target-size': { enabled: true } };
    const choice = only ? { runOnly: ['color-contrast', 'link-in-text-block'] } : { rules };
    const { violations } = await runner.run(document, { resultTypes: ['violations'], ...choice });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `axe ${id}: ${help}\n${html}\n${failureSummary ?? ''}`),
    );
  }, colours);
  return [...(await structureFindings(page)), ...axe];
}

/** The part of the findings that needs no axe and takes a moment only. */
export function structureFindings(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
      const widest = [...document.body.querySelectorAll('*')].filter(
        (element) => element.getBoundingClientRect().right > clientWidth + 1 && element.closest('.ff-scroll') === null,
      );
      const names = widest.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
      found.push(`scrolls sideways: ${scrollWidth} in ${clientWidth} px: ${names.join(' | ')}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    const double = ids.filter((id, index) => ids.indexOf(id) !== index);
    if (double.length > 0) found.push(`ids that stand twice: ${[...new Set(double)].join(', ')}`);
    const headings = document.querySelectorAll('h1').length;
    if (headings !== 1) found.push(`${headings} headings of the first level`);
    return found;
  });
}

/** Whether the focus fell back to the page, where the next key press goes nowhere. */
export const focusIsLost = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.activeElement === null || document.activeElement === document.body);
