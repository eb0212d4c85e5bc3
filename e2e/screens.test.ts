import { addAccount, inBrowser, signInThrough } from './support/in-browser';
import { screenTests } from './support/look-at';
import { onboardingScreens, personScreens, SETUP_TOKEN, setupScreens, signedOutScreens } from './support/screens-app';

const GITHUB = { GITHUB_CLIENT_ID: 'an-id', GITHUB_CLIENT_SECRET: 'a-secret' };

describe('every screen, at three widths, light and dark', () => {
  const browser = inBrowser({ environment: { SETUP_TOKEN, ...GITHUB } });
  const { open, lookAt } = screenTests(browser);

  describe('before anybody may do everything', () => {
    beforeAll(async () => {
      await browser().db('auth_user').update({ is_superuser: false });
      await open();
    });
    lookAt(setupScreens);
  });

  describe('signed out', () => {
    beforeAll(async () => {
      await browser().db('auth_user').where({ id: browser().ids.sam }).update({ is_superuser: true });
      await open();
    });
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
      await signInThrough(await open(), 'nils@example.com');
    });
    lookAt(onboardingScreens);
  });
});
