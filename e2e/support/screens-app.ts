import type { Page } from 'playwright-core';
import { PASSWORD } from '../../test/support/people';
import type { BrowserApp } from './browser-app';
import { mailedPath } from './in-browser';
import type { Screen } from './screens-admin';

export const SETUP_TOKEN = 'the-token-printed-at-start';

const press = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true }).click();
const refused = (page: Page) => page.locator('.ff-error-summary:focus').waitFor();

async function signIn(page: Page, address: string, email: string, password: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
}

/** Asks for a message with a link, and opens the link. */
async function openMailed(page: Page, app: BrowserApp, address: string, email: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('E-mail').fill(email);
  await press(page, 'Send the link');
  await page.getByRole('heading', { name: 'Look at your mail' }).waitFor();
  await page.goto(await mailedPath(app, email));
}

/** Runs `work` while a table is not there, as after a migration that went wrong. */
async function without({ db }: BrowserApp, table: string, work: () => Promise<unknown>): Promise<void> {
  await db.schema.renameTable(table, `${table}_away`);
  try {
    await work();
  } finally {
    await db.schema.renameTable(`${table}_away`, table);
  }
}

/** While nobody may do everything yet. */
export const setupScreens: readonly Screen[] = [
  ['login before set-up', '/login'],
  ['setup', '/setup'],
  [
    'setup wrong token',
    async (page) => {
      await page.goto('/setup');
      await page.getByLabel('One-time token').fill('not this one');
      await press(page, 'Go on');
      await refused(page);
    },
  ],
  [
    'setup account with errors',
    async (page) => {
      await page.goto('/setup');
      await page.getByLabel('One-time token').fill(SETUP_TOKEN);
      await press(page, 'Go on');
      await page.getByLabel('Your name').fill('Ada');
      await page.getByLabel('E-mail address').fill('ada');
      await press(page, 'Create the administrator');
      await refused(page);
    },
  ],
];

export const signedOutScreens: readonly Screen[] = [
  ['login', '/login'],
  [
    'login wrong password',
    async (page) => {
      await signIn(page, '/login', 'alice@example.com', 'not her password');
      await refused(page);
    },
  ],
  [
    'login too many tries',
    async (page) => {
      for (let tries = 0; tries < 8; tries++) {
        await signIn(page, '/login', 'mallory@example.com', 'guess');
        await refused(page);
        if (await page.getByRole('heading', { name: 'Too many tries' }).isVisible()) return;
      }
      throw new Error('eight wrong passwords were looked at');
    },
  ],
  ['admin login', '/admin/login/'],
  [
    'admin login not staff',
    async (page) => {
      await signIn(page, '/admin/login/', 'alice@example.com', PASSWORD);
      await refused(page);
    },
  ],
  ['signup', '/signup'],
  [
    'signup with errors',
    async (page) => {
      await page.goto('/signup');
      await page.getByLabel('E-mail').fill('nobody');
      await press(page, 'Send the link');
      await refused(page);
    },
  ],
  ['signup sent', '/signup/sent?email=new@example.com'],
  ['signup verify', (page, app) => openMailed(page, app, '/signup', 'new@example.com')],
  [
    'signup verify with errors',
    async (page, app) => {
      await openMailed(page, app, '/signup', 'newer@example.com');
      await page.getByLabel('Password').fill('short');
      await press(page, 'Create the account');
      await refused(page);
    },
  ],
  ['signup dead link', '/verify/not-a-token'],
  ['password reset', '/password/reset'],
  ['password reset sent', '/password/reset/sent?email=alice@example.com'],
  ['password reset choose', (page, app) => openMailed(page, app, '/password/reset', 'charlie@example.com')],
  ['outbox', '/dev/outbox/'],
  [
    'outbox letter',
    async (page) => {
      await page.goto('/dev/outbox/');
      await page.getByRole('main').getByRole('link').first().click();
      await page.waitForURL(/outbox\/./);
    },
  ],
  ['help', '/help/'],
  ['error 404 signed out', '/nowhere/'],
  ['error 500 signed out', (page, app) => without(app, 'auth_token', () => page.goto(`/verify/${'x'.repeat(43)}`))],
];

export const personScreens: readonly Screen[] = [
  [
    'integrations',
    async (page) => {
      await page.goto('/integrations/');
      await page.getByRole('button', { name: "I'm Interested in GitHub Copilot" }).click();
      await page.getByText('Thanks!').waitFor();
    },
  ],
  ['integrations connect', '/integrations/jira/connect/'],
  ['account', '/account/'],
  [
    'account with errors',
    async (page) => {
      await page.goto('/account/');
      await page.getByLabel('Name').fill('');
      await press(page, 'Save the profile');
      await refused(page);
    },
  ],
  ['account security', '/account/security/'],
  [
    'account security with errors',
    async (page) => {
      await page.goto('/account/security/');
      await page.getByLabel('Present password').first().fill('not it');
      await page.getByLabel('New password').fill('correct horse battery staple');
      await press(page, 'Change the password');
      await refused(page);
    },
  ],
  ['account sessions', '/account/sessions/'],
  ['account preferences', '/account/preferences/'],
  [
    'account menu',
    async (page) => {
      await page.goto('/account/preferences/');
      await page.getByRole('button', { name: 'Account menu' }).click();
    },
  ],
  ['help signed in', '/help/'],
  ['help topic', '/help/integrations/'],
  ['error 404', '/nowhere/'],
  ['error 500', (page, app) => without(app, 'integrations_interest', () => page.goto('/integrations/'))],
  [
    'integrations connected, and one that needs attention',
    async (page, app) => {
      await addConnection(app, 'jira', { refused: false });
      await addConnection(app, 'github', { refused: false });
      await page.goto('/integrations/');
      await addConnection(app, 'github', { refused: true });
      const check = page.getByRole('button', { name: 'Check again whether GitHub is connected' });
      await check.click();
      // The line appears under the top bar, and the button that was clicked has the focus again.
      await page
        .getByRole('region', { name: 'Action required' })
        .getByRole('link', { name: 'Reconnect GitHub' })
        .waitFor();
      await page.locator('#check-github:focus').waitFor();
    },
  ],
];

/** What Alice has connected, as the database keeps it; nothing here opens its tokens. */
async function addConnection(
  { db, clock, ids, services }: BrowserApp,
  provider: string,
  { refused }: { refused: boolean },
) {
  const now = clock.now().toISOString();
  const row = { user_id: ids.alice, provider, external_id: '7', external_name: 'ada.lovelace@northern-lights.example' };
  const sealed = { access_token: 'sealed', refresh_token: 'sealed', created_at: now, modified_at: now };
  await db('integration_connections')
    .insert({ ...row, ...sealed, auth_failed_at: refused ? now : null })
    .onConflict(['user_id', 'provider'])
    .merge();
  if (!refused) await services.integrationStatuses.forget(ids.alice, provider);
}

/** How the sync of the newest organization stands. */
async function setSync({ db, clock }: BrowserApp, state: 'running' | 'failed', error: string | null): Promise<void> {
  const { job_id: id } = await db('onboarding_progress').orderBy('id', 'desc').first('job_id');
  const later = new Date(clock.now().getTime() + 3_600_000).toISOString();
  const running = { claimed_by: 'another process', claimed_until: later, finished_at: null };
  await db('jobs_job')
    .where({ id })
    .update({
      state,
      progress: 2,
      error,
      ...(state === 'running' ? running : { finished_at: clock.now().toISOString() }),
    });
}

/** What the newest person has connected at GitHub, of which two pages of three were read. */
async function addRepositories({ db, clock }: BrowserApp): Promise<void> {
  const { id: user_id } = await db('auth_user').orderBy('id', 'desc').first('id');
  const now = clock.now().toISOString();
  const stamps = { created_at: now, modified_at: now };
  const connection = { user_id, provider: 'github', external_id: '7', external_name: 'ada', access_token: 'sealed' };
  const [{ id: connection_id }] = await db('integration_connections')
    .insert({ ...connection, ...stamps })
    .returning('id');
  const reading = { connection_id, account_id: '7', round: 1, page: 2, pages: 3, started_at: now, modified_at: now };
  await db('github_reading').insert(reading);
  const names = ['telescope', 'star-catalogue-of-the-northern-hemisphere-with-all-its-companions', 'archive', 'site'];
  await db('github_repository').insert(
    Array.from({ length: 12 }, (_, index) => ({
      connection_id,
      external_id: String(index),
      full_name: `northern-lights/${names[index % 4]}-${index}`,
      private: index % 3 === 0,
      archived: index % 4 === 2,
      language: index % 2 === 0 ? 'TypeScript' : '',
      round: 1,
      pushed_at: new Date(clock.now().getTime() - index * 86_400_000).toISOString(),
      ...stamps,
    })),
  );
}

/** The way of somebody new, in its order; Jira is on. */
export const onboardingScreens: readonly Screen[] = [
  ['onboarding organization', '/onboarding/'],
  [
    'onboarding organization with errors',
    async (page) => {
      await page.goto('/onboarding/organization/');
      await press(page, 'Create organization');
      await refused(page);
    },
  ],
  [
    'onboarding sync done',
    async (page) => {
      await page.goto('/onboarding/organization/');
      await page.getByLabel('Name of the organization').fill('Northern Lights Observatory');
      await press(page, 'Create organization');
      await page.getByRole('link', { name: 'Continue' }).waitFor();
    },
  ],
  [
    'onboarding sync running',
    async (page, app) => {
      await setSync(app, 'running', null);
      await page.goto('/onboarding/sync_progress/');
    },
  ],
  [
    'onboarding sync failed',
    async (page, app) => {
      await setSync(app, 'failed', 'PermanentFailure: GitHub did not answer for a minute.');
      await page.goto('/onboarding/sync_progress/');
      await page.getByRole('button', { name: 'Retry' }).waitFor();
    },
  ],
  [
    'onboarding sync stopped at GitHub',
    async (page, app) => {
      await addRepositories(app);
      await setSync(app, 'failed', 'TemporaryFailure: GitHub cannot answer right now (502).');
      await page.goto('/onboarding/sync_progress/');
      await page.getByRole('heading', { name: 'Your repositories' }).waitFor();
    },
  ],
  ['onboarding organization again', '/onboarding/organization/'],
  ['onboarding jira', '/onboarding/jira/'],
  ['onboarding complete', '/onboarding/complete/'],
];
