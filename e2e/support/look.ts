import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../src/lib/root';
import { pageFindings, structureFindings } from './page-checks';

const folder = path.join(projectRoot, 'test-results', 'screens');
mkdirSync(folder, { recursive: true });

const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [360, 768, 1280] as const;

/**
 * Looks at the open page at three widths, light and dark, and returns what is wrong with it: axe at both extremes of
 * width, the cheap checks everywhere and at 320 pixels too. Every view is kept as a picture in test-results/screens/.
 */
export async function look(page: Page, name: string): Promise<string[]> {
  const views = new Map<string, string[]>();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }));
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const file = `${name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}-${width}-${colorScheme}.jpg`;
      await page.screenshot({ path: path.join(folder, file), fullPage: true, type: 'jpeg' });
      const colours = colorScheme === 'dark'; // nothing else differs from light
      const findings = width === 768 ? await structureFindings(page) : await pageFindings(page, { colours });
      for (const finding of findings) views.set(finding, [...(views.get(finding) ?? []), `${width} px ${colorScheme}`]);
    }
  }
  // The narrowest that pages have to fit, as on a wide screen enlarged four times.
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: 640 });
  for (const finding of await structureFindings(page)) views.set(finding, [...(views.get(finding) ?? []), '320 px']);
  return [...views].map(([finding, where]) => `${where.join(', ')}: ${finding}`);
}
