import type { Page } from 'playwright-core';
import { PASSWORD } from '../test/support/people';
import { until } from '../test/support/until';
import { addAccount, inBrowser, mailedPath, signInThrough } from './support/in-browser';

const browser = inBrowser();

const press = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true }).click();
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const account = (email: string) => browser().db('auth_user').where({ email }).first();

/** Somebody with an account of their own for each test, signed in. */
async function someone(name: string, javaScript = true): Promise<{ page: Page; email: string; id: number }> {
  const email = `${name}-${javaScript}@example.com`;
  const id = await addAccount(browser(), { email, name: 'Before' });
  const page = await browser().open({ javaScript });
  await signInThrough(page, email);
  return { page, email, id };
}

describe.each([true, false])('the own account, JavaScript %s', (javaScript) => {
  it('changes name, language and time zone, and shows times in it', async () => {
    const { page, email, id } = await someone('profile', javaScript);
    await page.goto('/account/');
    await page.getByLabel('Name').fill('');
    await press(page, 'Save the profile');
    await page.locator('.ff-error-summary:focus').getByText('Enter your name.').waitFor();
    await page.getByLabel('Name').fill('After');
    await page.getByLabel('Language').selectOption('fr');
    await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
    await press(page, 'Save the profile');
    await page.getByText('Your profile is saved.').waitFor();
    expect(await account(email)).toMatchObject({ name: 'After', language: 'fr', time_zone: 'Asia/Tokyo' });
    const tokyo = new Intl.DateTimeFormat('sv', { timeZone: 'Asia/Tokyo', dateStyle: 'short' }).format(new Date());
    await page.getByText(`It is ${tokyo}`).waitFor();
    const entries = await browser()
      .db('audit_entry')
      .where({ object_type: 'auth.user', object_id: String(id) });
    expect(entries.map(({ actor_label }) => actor_label)).toEqual(entries.map(() => email));
    expect(JSON.parse(entries.at(-1)?.after)).toMatchObject({ name: 'After' });
  });

  it('changes the password, which ends other sessions', async () => {
    const { page, email } = await someone('password', javaScript);
    const elsewhere = await browser().open();
    await signInThrough(elsewhere, email);
    await page.goto('/account/security/');
    await page.getByLabel('Present password').first().fill('not this one');
    await page.getByLabel('New password').fill('seven new words nobody knows yet');
    await press(page, 'Change the password');
    await page.locator('.ff-error-summary:focus').getByText('This is not your present password.').waitFor();
    await page.getByLabel('Present password').first().fill(PASSWORD);
    await page.getByLabel('New password').fill('seven new words nobody knows yet');
    await press(page, 'Change the password');
    await page.getByText('Your password is changed.').waitFor();
    await page.goto('/account/');
    expect(new URL(page.url()).pathname).toBe('/account/');
    await elsewhere.goto('/account/');
    expect(new URL(elsewhere.url()).pathname).toBe('/login');
  });

  it('changes the address once the link that went there is opened', async () => {
    const { page, email } = await someone('address', javaScript);
    const next = `moved-${javaScript}@example.com`;
    await page.goto('/account/security/');
    await page.getByLabel('New address').fill(next);
    await page.getByLabel('Present password').nth(1).fill(PASSWORD);
    await press(page, 'Send the link');
    await page.getByText(`Open the link that was sent to ${next}.`).waitFor();
    expect(await account(email)).toBeDefined();
    await page.goto(await mailedPath(browser(), next));
    await press(page, 'Use the new address');
    await page.getByText(/Your e-mail address is changed/).waitFor();
    expect(await account(email)).toBeUndefined();
    expect(await account(next)).toMatchObject({ name: 'Before' });
  });

  it('ends a session somewhere else', async () => {
    const { page, email } = await someone('sessions', javaScript);
    const elsewhere = await browser().open({ width: 360 });
    await signInThrough(elsewhere, email);
    await page.goto('/account/sessions/');
    expect(await page.getByRole('main').getByRole('row').count()).toBe(3);
    await press(page, 'Sign out everywhere else');
    await page.getByText('You are signed out everywhere else: ended 1 session.').waitFor();
    expect(await page.getByRole('main').getByRole('row').count()).toBe(2);
    await elsewhere.goto('/account/');
    expect(new URL(elsewhere.url()).pathname).toBe('/login');
    const asProgram = (path: string, body: unknown) =>
      fetch(new URL(path, page.url()), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const { refresh } = (await (await asProgram('/api/v1/token/', { email, password: PASSWORD })).json()) as {
      refresh: string;
    };
    await page.reload();
    await page.getByRole('heading', { name: 'Programs with access' }).waitFor();
    await page.getByRole('button', { name: /^End the access of / }).click();
    await page.getByRole('heading', { name: 'Programs with access' }).waitFor({ state: 'detached' });
    expect((await asProgram('/api/v1/token/refresh/', { refresh })).status).toBe(401);
  });

  it('keeps a theme whatever the device prefers', async () => {
    const { page, email } = await someone('theme', javaScript);
    const dark = await browser().open({ scheme: 'dark' });
    await dark.goto('/login');
    await page.goto('/account/preferences/');
    expect(await background(page)).not.toBe(await background(dark));
    await page.getByRole('radio', { name: 'Dark' }).check();
    await press(page, 'Save the theme');
    await page.waitForURL('**/account/preferences/');
    expect(await background(page)).toBe(await background(dark));
    expect(await account(email)).toMatchObject({ theme: 'dark' });
    await page.goto('/integrations/');
    expect(await background(page)).toBe(await background(dark));
  });
});

it('takes the theme from the account menu, and stays where one is', async () => {
  const { page, email } = await someone('menu');
  await page.goto('/integrations/?from=here');
  const before = await background(page);
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('button', { name: 'Dark' }).click();
  await page.waitForFunction((light) => getComputedStyle(document.body).backgroundColor !== light, before);
  expect(page.url()).toContain('/integrations/?from=here');
  expect(await account(email)).toMatchObject({ theme: 'dark' });
});

it('sends a plain form once when its button is clicked twice', async () => {
  const { page, id } = await someone('twice');
  await page.goto('/onboarding/organization/');
  await page.getByLabel('Name of the organization').fill('Twice Clicked');
  await page.getByRole('button', { name: 'Create organization' }).dblclick();
  // Looked at rather than waited for: the browser may begin to go there and begin anew.
  await until('the next step', () => new URL(page.url()).pathname === '/onboarding/sync_progress/');
  expect(await browser().db('orgs_membership').where({ user_id: id })).toHaveLength(1);
  expect(await browser().db('orgs_organization').where({ name: 'Twice Clicked' })).toHaveLength(1);
});

describe('on a narrow screen', () => {
  it('opens the list of apps as a sheet, and Escape gives the focus back', async () => {
    const page = await browser().open({ as: 'sam', width: 360 });
    await page.goto('/admin/');
    const menu = page.getByRole('button', { name: 'Menu', exact: true });
    const users = page.getByRole('navigation').locator('a[href="/admin/auth/user/"]');
    expect(await users.isVisible()).toBe(false);
    await menu.click();
    await users.waitFor();
    await page.keyboard.press('Escape');
    await users.waitFor({ state: 'hidden' });
    expect(await menu.evaluate((button) => button === document.activeElement)).toBe(true);
    await menu.click();
    await users.click();
    await page.getByRole('heading', { name: 'Select user to change' }).waitFor();
    expect(await users.isVisible()).toBe(false);
  });

  it('sorts a list and ticks all of it', async () => {
    const page = await browser().open({ as: 'sam', width: 360 });
    await page.goto('/admin/teams/flag/');
    await page.getByRole('checkbox', { name: 'Select all rows on this page' }).check();
    await page.getByText('6 of 6 selected').waitFor();
    await page.getByRole('columnheader', { name: 'Last changed' }).getByRole('link').first().click();
    await page.waitForURL('**/admin/teams/flag/?o=4');
    await page.locator('#filters > summary').click();
    await page
      .locator('#filters')
      .getByRole('link', { name: /^Rules/ })
      .click();
    await page.waitForURL(/everyone__isnull|everyone__exact/);
    await page.getByRole('link', { name: /^Clear all/ }).waitFor(); // the filters stay open
  });
});
