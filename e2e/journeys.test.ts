import type { Page } from 'playwright-core';
import { PASSWORD } from '../test/support/people';
import { addAccount, holdBack, inBrowser, mailedPath, signInThrough } from './support/in-browser';
import { focusIsLost } from './support/page-checks';

const browser = inBrowser();
const restore: (() => void)[] = [];

afterEach(() => {
  for (const undo of restore.splice(0)) undo();
});

/** Switches a flag for everybody until the end of the test. */
const override = (flag: string, value: boolean) =>
  restore.push(browser().services.flags.override('flag', `integration_${flag}_enabled`, value));

const press = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true }).click();
const card = (page: Page, slug: string) => page.locator(`#integration-${slug}`);
const everyone = (page: Page, flag: string) => page.getByRole('group', { name: `Everyone: ${flag}` });
const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;

/** What an act left behind: the flag as it is stored, and what the audit log says about it. */
async function flagAndAudit(name: string): Promise<unknown> {
  const { db } = browser();
  const { id, everyone: value } = await db('teams_flag').where({ name }).first('id', 'everyone');
  const entry = await db('audit_entry')
    .where({ object_type: 'teams.flag', object_id: String(id) })
    .orderBy('seq', 'desc')
    .first('actor_label', 'action', 'object_label', 'before', 'after', 'message');
  return { everyone: value === null ? null : Boolean(value), ...entry };
}

describe('staff switch a flag', () => {
  it('and the card of everybody else follows; Undo takes it back', async () => {
    const [alice, bob] = [await browser().open({ as: 'alice' }), await browser().open({ as: 'bob' })];
    await alice.goto('/integrations/');
    expect(await card(alice, 'jira').innerText()).toContain('Coming Soon');
    await bob.goto('/admin/teams/flag/?q=integration');
    const address = bob.url();
    const yes = everyone(bob, 'integration_jira_enabled').getByRole('button', { name: 'Yes' });
    await yes.click();
    await bob.getByText('integration_jira_enabled: Changed Everyone from Rules to Yes.').waitFor();
    expect(await yes.getAttribute('aria-pressed')).toBe('true');
    expect(await yes.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await bob.getByRole('row').filter({ has: yes }).innerText()).toContain('On for everyone.');
    expect(await bob.locator('#filter-everyone-2').innerText()).toMatch(/^Yes\s*1$/);
    expect(bob.url()).toBe(address);

    await alice.reload();
    expect(await card(alice, 'jira').innerText()).not.toContain('Coming Soon');
    await card(alice, 'jira').getByRole('link', { name: 'Connect' }).click();
    await alice.getByRole('heading', { name: 'Connect Jira' }).waitFor();

    await bob.getByRole('button', { name: 'Undo' }).click();
    await bob.getByText('1 flag restored.').waitFor();
    expect(pathOf(bob)).toBe('/admin/teams/flag/?q=integration');
    await alice.goto('/integrations/');
    expect(await card(alice, 'jira').innerText()).toContain('Coming Soon');
  });

  it('with the keyboard alone', async () => {
    const page = await browser().open({ as: 'bob' });
    await page.goto('/admin/teams/flag/');
    await page.keyboard.press('/');
    await page.keyboard.type('slack');
    await page.getByText('1 flag', { exact: true }).waitFor();
    const no = everyone(page, 'integration_slack_enabled').getByRole('button', { name: 'No' });
    for (let tabs = 0; tabs < 15 && !(await no.evaluate((each) => each === document.activeElement)); tabs++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Off for everyone.').waitFor();
    expect(await no.evaluate((each) => each === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByText('Off for everyone.').waitFor({ state: 'hidden' });
  });

  it('without JavaScript, with the same result', async () => {
    const results: unknown[] = [];
    for (const javaScript of [true, false]) {
      const page = await browser().open({ as: 'bob', javaScript });
      await page.goto('/admin/teams/flag/?q=copilot');
      const yes = everyone(page, 'integration_copilot_enabled').getByRole('button', { name: 'Yes' });
      await yes.click();
      await page.getByText('On for everyone.').waitFor();
      expect(await yes.getAttribute('aria-pressed')).toBe('true');
      expect(pathOf(page)).toBe('/admin/teams/flag/?q=copilot');
      results.push(await flagAndAudit('integration_copilot_enabled'));
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('1 flag restored.').waitFor();
    }
    expect(results[0]).toEqual(results[1]);
  });
});

describe("I'm Interested", () => {
  const interests = (user: number) =>
    browser().db('integrations_interest').where({ user_id: user }).pluck('integration') as Promise<string[]>;

  it('becomes Thanks! in place: focus kept, said aloud, still there after a reload', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto('/integrations/');
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    await page.getByRole('button', { name: "I'm Interested in Slack" }).click();
    const thanks = card(page, 'slack').getByRole('button', { name: 'Thanks!' });
    await thanks.waitFor();
    expect(await thanks.isDisabled()).toBe(true);
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('interest-slack');
    await page.locator('#ff-toasts[role="status"]').getByText('Your interest in Slack is recorded.').waitFor();
    await page.reload();
    await thanks.waitFor();
    expect(await interests(browser().ids.alice)).toEqual(['slack']);
  });

  it('does the same without JavaScript', async () => {
    const page = await browser().open({ as: 'charlie', javaScript: false });
    await page.goto('/integrations/');
    await page.getByRole('button', { name: "I'm Interested in Slack" }).click();
    await page.waitForURL('**/integrations/#integration-slack');
    const thanks = card(page, 'slack').getByRole('button', { name: 'Thanks!' });
    await thanks.waitFor();
    await page.reload();
    expect(await thanks.isDisabled()).toBe(true);
    expect(await interests(browser().ids.charlie)).toEqual(['slack']);
  });

  it('shows as demand in the admin, and the figures follow a filter', async () => {
    const page = await browser().open({ as: 'vera' });
    await page.goto('/admin/integrations/interest/');
    const stat = (label: string) => page.locator('.ff-stat').filter({ hasText: label });
    expect(await stat('Slack').innerText()).toContain('2');
    expect(await page.getByRole('row').filter({ hasText: 'alice@example.com' }).innerText()).toContain('Acme');
    await page.getByRole('link', { name: /^Elsewhere/ }).click();
    await page.waitForURL(/organization_id__/);
    await page.getByText('1 interest', { exact: true }).waitFor();
    expect(await stat('Slack').innerText()).toMatch(/\b1\b/);
    await page.goBack();
    await page.getByText('2 interests', { exact: true }).waitFor();
  });

  it('is sent once by a double click, and a slow answer shows that it is awaited', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto('/integrations/');
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    const letGo = await holdBack(page, '**/interest/**');
    const busyAtFirst = page.evaluate(
      () =>
        new Promise((resolve) => {
          const look = () => resolve(document.querySelector('#interest-google_workspace')?.getAttribute('aria-busy'));
          document.addEventListener('htmx:before:request', () => setTimeout(look, 100), { once: true });
        }),
    );
    await page.getByRole('button', { name: "I'm Interested in Google Workspace" }).dblclick();
    expect(await busyAtFirst).toBeNull();
    await page.locator('form#interest-google_workspace[aria-busy="true"]').waitFor();
    expect(await focusIsLost(page)).toBe(false);
    letGo();
    await card(page, 'google_workspace').getByRole('button', { name: 'Thanks!' }).waitFor();
    expect(sent).toHaveLength(1);
  });

  it('turns into Connect when the flag was switched on meanwhile', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto('/integrations/');
    override('jira', true);
    await page.getByRole('button', { name: "I'm Interested in Jira" }).click();
    const connect = card(page, 'jira').getByRole('link', { name: 'Connect' });
    await connect.waitFor();
    expect(await connect.evaluate((link) => link === document.activeElement)).toBe(true);
    expect(await interests(browser().ids.alice)).not.toContain('jira');
  });

  it('leads to sign-in when the session has ended, and back', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto('/integrations/');
    await page.context().clearCookies();
    await page.getByRole('button', { name: "I'm Interested in Jira" }).click();
    await page.waitForURL((url) => url.pathname === '/login');
    await page.getByLabel('E-mail').fill('alice@example.com');
    await page.getByLabel('Password').fill(PASSWORD);
    await press(page, 'Sign in');
    await page.waitForURL((url) => url.pathname === '/integrations/');
  });

  it('says that nothing was sent while there is no network', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto('/integrations/');
    const banner = page.getByText("You're offline. Nothing was saved.");
    await page.context().setOffline(true);
    await banner.waitFor();
    await page.getByRole('button', { name: "I'm Interested in Jira" }).click();
    await page.getByRole('alert').getByText('The server did not answer.').waitFor();
    expect(await page.getByRole('button', { name: "I'm Interested in Jira" }).isVisible()).toBe(true);
    await page.context().setOffline(false);
    await banner.waitFor({ state: 'hidden' });
    browser().problems.splice(0); // the request that could not be sent
  });

  it('says nothing of a request that ends because the page is left', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto('/integrations/');
    await page.context().setOffline(true);
    // Chromium shows the page no longer by then; others do, and end its requests first.
    await page.evaluate(() => window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
    const ended = page.waitForEvent('console', (message) => message.text().includes('htmx:error'));
    await page.getByRole('button', { name: "I'm Interested in Jira" }).click();
    await ended;
    await page.waitForFunction(() => document.querySelector('.htmx-request') === null);
    expect(await page.getByRole('alert').innerText()).toBe('');
    browser().problems.splice(0); // the request that could not be sent
  });
});

describe('signing in and out', () => {
  it('keeps the address after a wrong password, and never the password', async () => {
    const page = await browser().open();
    await page.goto('/login?next=/account/');
    await page.getByLabel('E-mail').fill('charlie@example.com');
    await page.getByLabel('Password').fill('not this one');
    await page.keyboard.press('Enter');
    await page.locator('.ff-error-summary:focus').getByText('Enter the correct e-mail address and password.').waitFor();
    expect(await page.title()).toMatch(/^Error: /);
    expect(await page.getByLabel('E-mail').inputValue()).toBe('charlie@example.com');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/');
  });

  it('refuses a form without its token on a page that says what to do', async () => {
    const page = await browser().open();
    await page.goto('/login');
    await page.getByLabel('E-mail').fill('charlie@example.com');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.evaluate(() => {
      for (const field of document.querySelectorAll<HTMLInputElement>('[name="_csrf"]')) field.value = 'stale';
    });
    const [answer] = await Promise.all([page.waitForResponse('**/login'), press(page, 'Sign in')]);
    expect(answer.status()).toBe(403);
    await page.getByText('Nothing was changed. Go back, reload the page and try again.').waitFor();
    expect(await page.getByText('Reference').innerText()).toContain(answer.headers()['x-request-id']);
    expect(await page.getByText('permission').count()).toBe(0); // it is not about what somebody may do
  });

  it('shows a toast when htmx sends a token that is no longer good', async () => {
    const page = await browser().open({ as: 'charlie' });
    await page.goto('/integrations/');
    await page.evaluate(() => document.querySelector('meta[name="csrf-token"]')?.setAttribute('content', 'stale'));
    await page.getByRole('button', { name: "I'm Interested in Jira" }).click();
    await page.getByRole('alert').getByText('Nothing was changed.').waitFor();
    expect(await focusIsLost(page)).toBe(false);
  });

  it('leaves nothing behind that the back button would show', async () => {
    const page = await browser().open({ as: 'charlie' });
    await page.goto('/account/');
    await page.getByRole('button', { name: 'Account menu' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    await page.goBack();
    await page.waitForURL((url) => url.pathname === '/login');
  });

  it.each([true, false])('lets somebody new in by mail, JavaScript %s', async (javaScript) => {
    const email = `first-${javaScript}@example.com`;
    const page = await browser().open({ javaScript });
    await page.goto('/signup');
    await page.getByLabel('E-mail').fill(email);
    await press(page, 'Send the link');
    await page.getByRole('heading', { name: 'Look at your mail' }).waitFor();
    await page.goto(await mailedPath(browser(), email));
    await page.getByLabel('Your name').fill('First Person');
    await page.getByLabel('Password').fill('four words that nobody else has');
    await press(page, 'Create the account');
    await page.waitForURL('**/onboarding/organization/');
    const account = await browser().db('auth_user').where({ email }).first('name', 'is_staff', 'is_active');
    expect({ ...account, is_staff: Boolean(account.is_staff), is_active: Boolean(account.is_active) }).toEqual({
      name: 'First Person',
      is_staff: false,
      is_active: true,
    });
  });

  it.each([true, false])('resets a forgotten password by mail, JavaScript %s', async (javaScript) => {
    const email = `forgetful-${javaScript}@example.com`;
    await addAccount(browser(), { email });
    const page = await browser().open({ javaScript });
    await page.goto('/login');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('E-mail').fill(email);
    await press(page, 'Send the link');
    await page.getByRole('heading', { name: 'Look at your mail' }).waitFor();
    await page.goto(await mailedPath(browser(), email));
    await page.getByLabel('New password').fill('another four words of my own');
    await press(page, 'Change the password');
    await page.getByText('Your password is changed').waitFor();
    await signInThrough(page, email, 'another four words of my own');
    expect(pathOf(page)).toBe('/onboarding/organization/');
  });
});
