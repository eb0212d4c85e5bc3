import type { Page } from 'playwright-core';
import type { BrowserApp, PageOptions } from './browser-app';
import { look } from './look';
import type { Screen } from './screens-admin';

/** One page that goes from screen to screen, and tests that look at each. */
export function screenTests(browser: () => BrowserApp) {
  let page: Page | undefined;

  const current = (): Page => {
    if (page === undefined) throw new Error('no page is open');
    return page;
  };

  /** A page as good as new, signed in as somebody or nobody, in place of the one before. */
  async function open(options: PageOptions = {}): Promise<Page> {
    if (page !== undefined) await browser().giveBack(page);
    page = await browser().open(options);
    return page;
  }

  /** A test for each screen: nothing is wrong with it, and the browser complained about nothing on the way there. */
  function lookAt(screens: readonly Screen[]): void {
    it.each(screens)(
      '%s',
      async (name, visit) => {
        await current().setViewportSize({ width: 1280, height: 800 });
        if (typeof visit === 'string') await current().goto(visit);
        else await visit(current(), browser());
        expect(await look(current(), name)).toEqual([]);
        // The page about a fault of ours is shown by making one.
        if (name.startsWith('error 500')) {
          const faults = browser().problems.splice(0);
          expect(faults).toContainEqual(expect.stringContaining('500 for document'));
          expect(faults.filter((fault) => !fault.includes('500'))).toEqual([]);
        }
      },
      60_000,
    );
  }

  return { open, lookAt };
}
