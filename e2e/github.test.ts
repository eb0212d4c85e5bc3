import { type GitHubServer, startGitHub } from '../test/support/github';
import { type BrowserApp, browserApp } from './support/browser-app';

const client = { id: 'client-1', secret: 'secret-1', callback: '' };

describe('signing in with GitHub', () => {
  let github: GitHubServer | undefined;
  let browser: BrowserApp | undefined;

  beforeAll(async () => {
    github = await startGitHub(client);
    browser = await browserApp({
      environment: { GITHUB_CLIENT_ID: client.id, GITHUB_CLIENT_SECRET: client.secret, GITHUB_BASE_URL: github.url },
    });
    client.callback = `${browser.origin}/login/github/callback`;
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

  it('is not stopped by the content security policy', () => {
    expect(browser?.problems.filter((problem) => /Content Security Policy|form-action/i.test(problem))).toEqual([]);
  });
});
