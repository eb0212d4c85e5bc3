import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../src/lib/root';
import { nothingSeen, pageFindings, structureFindings } from './page-checks';

const folder = path.join(projectRoot, 'test-results', 'screens');
const wantsPictures = Boolean(process.env.FLAGSTAFF_TEST_PICTURES);

const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [360, 768, 1280] as const;

/** Text in colours that axe has measured, on any page of this test file: how far it stands out is the same everywhere. */
const seen = nothingSeen();

/**
 * Looks at the open page at three widths, light and dark, and returns what is wrong with it; at 320 pixels without axe. A
 * view with a finding is kept as a picture in test-results/screens/, with FLAGSTAFF_TEST_PICTURES set every view is.
 */
export async function look(page: Page, name: string): Promise<string[]> {
  const views = new Map<string, string[]>();
  seen.states = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      if (colorScheme === 'light') await settle(page);
      const findings = await pageFindings(page, seen, colorScheme === 'dark' ? 'colours' : 'all');
      for (const finding of findings) views.set(finding, [...(views.get(finding) ?? []), `${width} px ${colorScheme}`]);
      if (wantsPictures || findings.length > 0) await picture(page, `${name} ${width} ${colorScheme}`);
    }
  }
  // The narrowest that pages have to fit, as on a wide screen enlarged four times.
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: 640 });
  for (const finding of await structureFindings(page)) views.set(finding, [...(views.get(finding) ?? []), '320 px']);
  return [...views].map(([finding, where]) => `${where.join(', ')}: ${finding}`);
}

/** Lets the page do what it does when its size changes: until the next frame is made. */
const settle = (page: Page) =>
  page.evaluate(() => {
    window.scrollTo({ top: 0, behavior: 'instant' });
    return new Promise((made) => requestAnimationFrame(() => setTimeout(made)));
  });

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = `${name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}.jpg`;
  await page.screenshot({ path: path.join(folder, file), fullPage: true, type: 'jpeg' });
}
