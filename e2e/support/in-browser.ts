import { EventEmitter, once } from 'node:events';
import type { Page } from 'playwright-core';
import { readOutbox } from '../../src/mail';
import { PASSWORD } from '../../test/support/people';
import { until } from '../../test/support/until';
import { type BrowserApp, browserApp, PATIENCE_MS } from './browser-app';

/**
 * Starts the application and its browser before the tests of a file and stops both after them. What a browser complained
 * about fails the test it happened in, and pages that a test opened are given back after it.
 */
export function inBrowser(options: { environment?: Record<string, string> } = {}): () => BrowserApp {
  let running: BrowserApp | undefined;
  let inTest = false;
  const opened: Page[] = [];
  jest.setTimeout(3 * PATIENCE_MS);
  beforeAll(async () => {
    const app = await browserApp(options);
    const open: BrowserApp['open'] = async (pageOptions) => {
      const page = await app.open(pageOptions);
      if (inTest) opened.push(page);
      return page;
    };
    running = { ...app, open };
  });
  beforeEach(() => {
    inTest = true;
  });
  afterEach(async () => {
    inTest = false;
    const app = running;
    if (app === undefined) return;
    await Promise.all(opened.splice(0).map((page) => app.giveBack(page)));
    expect(app.problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await running?.close();
  });
  return () => {
    if (running === undefined) throw new Error('the browser did not start');
    return running;
  };
}

/** Another account, with the password that all people of the tests have; returns its id. */
export async function addAccount(
  { db, clock }: Pick<BrowserApp, 'db' | 'clock'>,
  { email, name = 'New Person', isStaff = false }: { email: string; name?: string; isStaff?: boolean },
): Promise<number> {
  const now = clock.now().toISOString();
  const { password_hash } = await db('auth_user').select('password_hash').whereNotNull('password_hash').first();
  const [row] = (await db('auth_user')
    .insert({
      email,
      name,
      password_hash,
      is_staff: isStaff,
      email_verified_at: now,
      created_at: now,
      modified_at: now,
    })
    .returning('id')) as { id: number }[];
  return row?.id ?? 0;
}

/** Signs in as people do: through the form. */
export async function signInThrough(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

/** Sends a form that no page offers, with the token of the page that is open. */
export async function submitForm(page: Page, action: string, fields: Record<string, string>): Promise<void> {
  const navigation = page.waitForNavigation();
  await page.evaluate(
    ([target, values]) => {
      const form = document.createElement('form');
      form.method = 'post';
      form.action = target;
      const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? '';
      for (const [name, value] of Object.entries({ _csrf: token, ...values })) {
        const input = document.createElement('input');
        input.type = 'hidden';
        input.name = name;
        input.value = value;
        form.append(input);
      }
      document.body.append(form);
      form.submit();
    },
    [action, fields] as const,
  );
  await navigation;
}

/** The path that the latest message to somebody leads to, once it is there. */
export async function mailedPath({ services, origin }: BrowserApp, email: string): Promise<string> {
  let path: string | undefined;
  await until(`mail to ${email}`, async () => {
    const letters = await readOutbox(services.config.dataDir);
    const { text } = letters.find(({ to }) => to === email) ?? { text: '' };
    path = text.split(/\s+/).find((word) => word.startsWith(`${origin}/`));
    return path !== undefined;
  });
  return path?.replace(origin, '') ?? '';
}

/** Holds back the answers to what the page asks for at such addresses, until the function that it gives is called. */
export async function holdBack(page: Page, addresses: string): Promise<() => void> {
  const hold = new EventEmitter();
  const released = once(hold, 'release');
  await page.route(addresses, async (route) => {
    await released;
    await route.continue();
  });
  return () => void hold.emit('release');
}

/**
 * Waits until something has been in the page, however short. From inside, where nothing is missed; to be called before what
 * brings it.
 */
export const onceThere = (page: Page, selector: string): Promise<void> =>
  page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (document.querySelector(wanted) === null) return;
          changes.disconnect();
          resolve();
        };
        const changes = new MutationObserver(look);
        changes.observe(document, { attributes: true, childList: true, subtree: true });
        look();
      }),
    selector,
  );

/**
 * Presses Stop as soon as the answer has said so much. From inside: it is over in a moment, which may be less than it takes to
 * reach the button from outside. To be called before the question is asked.
 */
export const stopOnceSaid = (page: Page, text: string): Promise<void> =>
  page.evaluate(
    (said) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          const stop = document.querySelector<HTMLElement>('[data-ff-stop]');
          const answer = document.querySelector('#answer')?.textContent ?? '';
          if (stop === null || !answer.includes(said)) return void requestAnimationFrame(look);
          stop.focus();
          stop.click();
          resolve();
        };
        look();
      }),
    text,
  );
