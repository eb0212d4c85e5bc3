import { type GitHubServer, startGitHub } from '../test/support/github';
import { type OAuthProvider, startOAuthProvider } from '../test/support/oauth-provider';
import { type BrowserApp, browserApp } from './support/browser-app';

const client = { id: 'client-1', secret: 'secret-1', callback: '' };

describe('signing in with GitHub', () => {
  let github: GitHubServer | undefined;
  let dropbox: OAuthProvider | undefined;
  let browser: BrowserApp | undefined;

  beforeAll(async () => {
    github = await startGitHub(client);
    dropbox = await startOAuthProvider('dropbox');
    browser = await browserApp({
      environment: {
        GITHUB_CLIENT_ID: client.id,
        GITHUB_CLIENT_SECRET: client.secret,
        GITHUB_BASE_URL: github.url,
        ...dropbox.environment,
      },
    });
    client.callback = `${browser.origin}/login/github/callback`;
    dropbox.callback = `${browser.origin}/integrations/dropbox/callback/`;
    github.person = {
      id: 4711,
      login: 'octo',
      name: 'Octo Cat',
      emails: [{ email: 'octo@example.com', primary: true, verified: true }],
    };
  });

  afterAll(async () => {
    await browser?.close();
    await github?.close();
    await dropbox?.close();
  });

  const open: BrowserApp['open'] = (options) => {
    if (browser === undefined) throw new Error('the browser did not start');
    return browser.open(options);
  };

  it.each([true, false])('leaves the site and comes back signed in, with JavaScript %s', async (javaScript) => {
    const page = await open({ javaScript });
    await page.goto('/login?next=/account/');
    await page.getByRole('link', { name: 'Continue with GitHub' }).click();
    await page.waitForURL('**/account/');
    expect(await page.getByLabel('Name').inputValue()).toBe('Octo Cat');
  });

  it('is connected from the account', async () => {
    const page = await open({ as: 'alice' });
    if (github !== undefined) github.person = { ...github.person, id: 4712, login: 'alice-there' };
    await page.goto('/account/security/');
    await page.getByRole('link', { name: 'Connect GitHub' }).click();
    await page.getByText('alice-there').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/account/security/');
  });

  it.each([true, false])(
    'Dropbox is connected, runs out, is refused and connected again, with JavaScript %s',
    async (javaScript) => {
      if (browser === undefined || dropbox === undefined) throw new Error('the browser did not start');
      browser.services.flags.override('flag', 'integration_dropbox_enabled', true);
      const page = await open({ as: 'charlie', javaScript });
      const card = page.locator('#integration-dropbox');
      const banner = page.locator('#ff-cta');
      await page.goto('/integrations/');
      await card.getByRole('link', { name: 'Connect Dropbox' }).click();
      await page.getByText('Dropbox is connected as Ada at Dropbox.').waitFor();
      await card.getByText('Connected as Ada at Dropbox').waitFor();
      expect(await banner.count()).toBe(0);

      // Background work finds out that the access has run out and is not renewed.
      const past = new Date(Date.now() - 1_000).toISOString();
      await browser.db('integration_connections').update({ expires_at: past });
      dropbox.fault = 'token: refuses';
      const work = browser.services.connections.use(browser.ids.charlie, 'dropbox', async () => undefined);
      await expect(work).rejects.toMatchObject({ kind: 'not_authenticated' });
      await page.goto('/account/');
      await banner.getByRole('link', { name: 'Reconnect Dropbox' }).waitFor();
      await page.goto('/integrations/');
      await card.getByText('Needs attention').waitFor();

      dropbox.fault = 'none';
      await banner.getByRole('link', { name: 'Reconnect Dropbox' }).click();
      await page.getByText('Dropbox is connected as Ada at Dropbox.').waitFor();
      await card.getByText('Connected as Ada at Dropbox').waitFor();
      expect(await banner.count()).toBe(0);
      await card.getByRole('button', { name: 'Disconnect Dropbox' }).click();
      await card.getByText('Not connected').waitFor();
      expect(dropbox.calls.revoked.length).toBeGreaterThan(0);
    },
  );

  it('is not stopped by the content security policy', () => {
    expect(browser?.problems.filter((problem) => /Content Security Policy|form-action/i.test(problem))).toEqual([]);
  });
});
