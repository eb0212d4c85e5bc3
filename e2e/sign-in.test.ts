import { type BrowserApp, browserApp } from './support/browser-app';
import { pageFindings } from './support/page-checks';

describe('the sign-in page', () => {
  let browser: BrowserApp | undefined;
  const open: BrowserApp['open'] = (options) => {
    if (browser === undefined) throw new Error('the browser did not start');
    return browser.open(options);
  };

  beforeAll(async () => {
    browser = await browserApp();
  });

  afterAll(async () => {
    await browser?.close();
  });

  it.each([
    [360, 'light'],
    [360, 'dark'],
    [768, 'light'],
    [768, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('is accessible and fits at %i px, %s', async (width, scheme) => {
    const page = await open({ width, scheme });
    await page.goto('/login');
    expect(await pageFindings(page)).toEqual([]);
  });

  it('raises no error', () => {
    expect(browser?.problems).toEqual([]);
  });
});
