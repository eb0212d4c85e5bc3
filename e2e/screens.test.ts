import type { Page } from 'playwright-core';
import { addAccount, inBrowser, signInThrough } from './support/in-browser';
import { look } from './support/look';
import { fillTables, POWERLESS } from './support/screen-data';
import {
  emptyScreens,
  formScreens,
  listScreens,
  type Screen,
  tooLateToUndo,
  viewerScreens,
} from './support/screens-admin';
import { onboardingScreens, personScreens, SETUP_TOKEN, setupScreens, signedOutScreens } from './support/screens-app';

const GITHUB = { GITHUB_CLIENT_ID: 'an-id', GITHUB_CLIENT_SECRET: 'a-secret' };

describe('every screen, at three widths, light and dark', () => {
  const browser = inBrowser({ environment: { SETUP_TOKEN, ...GITHUB } });
  let page: Page;

  /** What is wrong with each of the screens, and what the browser complained about on the way there. */
  function lookAt(screens: readonly Screen[]): void {
    it.each(screens)(
      '%s',
      async (name, visit) => {
        if (typeof visit === 'string') await page.goto(visit);
        else await visit(page, browser());
        expect(await look(page, name)).toEqual([]);
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

  async function open(person?: Parameters<ReturnType<typeof browser>['open']>[0]): Promise<void> {
    await page?.context().close();
    page = await browser().open(person);
  }

  describe('before anybody may do everything', () => {
    beforeAll(async () => {
      await browser().db('auth_user').update({ is_superuser: false });
      await open();
    });
    lookAt(setupScreens);
  });

  describe('of the admin', () => {
    beforeAll(async () => {
      await browser().db('auth_user').where({ id: browser().ids.sam }).update({ is_superuser: true });
      await open({ as: 'sam' });
    });
    lookAt(emptyScreens);

    describe('in use', () => {
      beforeAll(() => fillTables(browser()));
      lookAt(listScreens);
      lookAt(formScreens);
      lookAt([tooLateToUndo]);
    });
  });

  describe('of the admin, for a viewer', () => {
    beforeAll(() => open({ as: 'vera' }));
    lookAt(viewerScreens);
  });

  describe('of the admin, for somebody who may do nothing', () => {
    beforeAll(async () => {
      await open();
      await signInThrough(page, POWERLESS);
    });
    lookAt([['admin index without permissions', '/admin/']]);
  });

  describe('signed out', () => {
    beforeAll(() => open());
    lookAt(signedOutScreens);
  });

  describe('of the product', () => {
    beforeAll(async () => {
      await open({ as: 'alice' });
      browser().services.flags.override('flag', 'integration_jira_enabled', true);
    });
    lookAt(personScreens);
  });

  describe('of onboarding', () => {
    beforeAll(async () => {
      await addAccount(browser(), { email: 'nils@example.com', name: 'Nils Newcomer' });
      await open();
      await signInThrough(page, 'nils@example.com');
    });
    lookAt(onboardingScreens);
  });
});
