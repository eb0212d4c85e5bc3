import { type BrowserApp, browserApp } from './support/browser-app';
import { look } from './support/look';
import { focusIsLost, nothingSeen, pageFindings } from './support/page-checks';

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

  it('measures no contrast twice, and misses none', async () => {
    const page = await browser?.open();
    if (page === undefined) throw new Error('the browser did not start');
    const seen = nothingSeen();
    const findings = async (text: string, what: 'all' | 'colours' = 'all') => {
      await page.setContent(`<html lang="en"><title>t</title><main><h1>t</h1>${text}</main>`);
      return (await pageFindings(page, seen, what)).map((finding) => finding.split('\n')[1]);
    };
    const pale = '<p style="color: #999">pale</p>';
    expect(await findings('<p>Text</p>')).toEqual([]);
    expect(await findings(`<p>Text</p>${pale}`)).toEqual([pale]);
    expect(await findings(`<div style="background: #111"><p style="color: #999">fine here</p></div>${pale}`)).toEqual([
      pale,
    ]);
    // The same colours over another ground, fainter, smaller or beside text that they look like.
    for (const around of ['background: #555', 'opacity: 0.4', 'position: absolute; background: #555'])
      expect(await findings(`<div style="${around}"><p>Text</p></div>`)).toHaveLength(1);
    expect(await findings('<p style="color: #888; font: bold 24px serif">large</p>')).toEqual([]);
    expect(await findings('<p style="color: #888">small</p>')).toHaveLength(1);
    expect(
      await findings('<p>Text with <a href="/" style="color: #222; text-decoration: none">a link</a></p>'),
    ).toHaveLength(1);
    // What was seen in one colour scheme is tried in the other, and in a table, too.
    const style = '<style>@media (prefers-color-scheme: dark) { td { color: #ccc } }</style>';
    const table = `${style}<div class="ff-scroll" style="background: linear-gradient(red, blue)"><table><tr><td>Text</td></tr></table></div>`;
    expect(await findings(table)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await pageFindings(page, seen, 'colours')).toHaveLength(1);
  });

  it('looks at every width and in both colour schemes', async () => {
    const page = await browser?.open();
    if (page === undefined) throw new Error('the browser did not start');
    const only = (media: string, what: string) => `@media ${media} { ${what} }`;
    const style = [
      only('(min-width: 700px) and (max-width: 800px)', '#name { display: none } #small { display: block }'),
      only('(max-width: 400px) and (prefers-color-scheme: dark)', 'p { color: #777; background: #888 }'),
      only('(max-width: 330px)', 'h1 { width: 400px }'),
    ];
    const small = '<div id="small" hidden style="font-size: 4px"><a href="/">.</a><a href="/">.</a></div>';
    await page.setContent(
      `<html lang="en"><title>t</title><style>${style.join(' ')}</style><main><h1>t</h1><p>Text</p><button><span id="name">Name</span></button>${small}</main>`,
    );
    const found = (await look(page, 'a page with faults')).map((finding) => finding.split(': ').slice(0, 2).join(': '));
    expect(found).toEqual(
      expect.arrayContaining([
        '768 px light: axe button-name',
        '768 px light: axe target-size',
        '360 px dark: axe color-contrast',
        expect.stringMatching(/^320 px: scrolls sideways/),
      ]),
    );
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
