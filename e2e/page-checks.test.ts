import { type BrowserApp, browserApp } from './support/browser-app';
import { focusIsLost, pageFindings } from './support/page-checks';

describe('what every browser test relies on', () => {
  let browser: BrowserApp | undefined;

  beforeAll(async () => {
    browser = await browserApp();
  });

  afterAll(async () => {
    await browser?.close();
  });

  it('finds what is wrong with a page', async () => {
    const page = await browser?.open({ width: 360 });
    await page?.setContent(
      `<html lang="en"><title>t</title><main><p id="a">x</p><p id="a">y</p><img src="data:,"><table width="2000"><tr><td>.</table>`,
    );
    const found = (page && (await pageFindings(page)).join('\n')) ?? '';
    expect(found).toContain('ids that stand twice: a');
    expect(found).toContain('scrolls sideways');
    expect(found).toContain('0 headings of the first level');
    expect(found).toContain('axe image-alt');
    expect(page && (await focusIsLost(page))).toBe(true);
  });

  it('notices inline scripts, missing files, other hosts, dialogs and exceptions', async () => {
    const page = await browser?.open();
    await page?.goto('/login');
    const before = browser?.problems.length;
    await page?.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      const missing = document.createElement('script');
      missing.src = '/static/gone.js';
      const elsewhere = document.createElement('img');
      elsewhere.src = 'http://127.0.0.1:9/pixel.png';
      document.body.append(script, missing, elsewhere);
      setTimeout(() => {
        alert('foreign script');
        throw new Error('thrown in the page');
      });
    });
    const expected = [
      'content security policy: script-src-elem inline',
      '404 for script',
      'dialog: foreign script',
      'thrown in the page',
      '127.0.0.1:9',
    ];
    const unseen = () => expected.filter((part) => !browser?.problems.join('\n').includes(part));
    for (let tries = 0; tries < 100 && unseen().length > 0; tries++) await page?.waitForTimeout(50);
    expect(unseen()).toEqual([]);
    expect(before).toBe(0);
  });

  it('signs people in, and pages work without JavaScript', async () => {
    const page = await browser?.open({ as: 'sam', javaScript: false });
    await page?.goto('/login');
    expect(new URL(page?.url() ?? '').pathname).not.toBe('/login');
  });
});
