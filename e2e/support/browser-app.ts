import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PASSWORD, type PersonName, people } from '../../test/support/people';
import { getRunVariable, scratchRoot } from '../../test/support/run-state';
import { type TestApp, type TestClock, testApp } from '../../test/support/test-app';

export interface PageOptions {
  /** Signed in as this person; nobody when left out. */
  as?: PersonName;
  /** With `false` pages have to work as plain forms and links. */
  javaScript?: boolean;
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
}

export interface BrowserApp extends Omit<TestApp, 'visitor' | 'as' | 'countQueries'> {
  /** Where the application listens. */
  readonly origin: string;
  /**
   * What no page may do, collected from every page of this test file: console errors, uncaught exceptions, violations of
   * the content security policy, errors of htmx, dialogs, requests to other hosts and files that are not there.
   */
  readonly problems: string[];
  /**
   * Opens a page in a browser of its own: it shares no cookies, storage or pages with another that is open. Addresses may be
   * relative.
   */
  open(options?: PageOptions): Promise<Page>;
  /** Takes back a page that `open` gave. Another test may get it, as empty as it was; starting a browser takes long. */
  giveBack(page: Page): Promise<void>;
}

/** How long a page waits for what has to come: much longer than it takes even where everything else is busy. */
export const PATIENCE_MS = 30_000;

/** The application on a real port with the people of every test, and the Chromium that the set-up found. */
export async function browserApp(options: { environment?: Record<string, string> } = {}): Promise<BrowserApp> {
  const server = createServer();
  const origin = await listen(server);
  const environment = { BASE_URL: origin, PORT: new URL(origin).port, ...options.environment };
  const application = await testApp({ environment, clock: runningClock() });
  server.on('request', application.app);
  const browser = await launchChromium().catch(async (error: unknown) => {
    await stop(server);
    await application.close();
    throw error;
  });
  const problems: string[] = [];
  return {
    ...application,
    origin,
    problems,
    ...pagesOf(browser, origin, problems),
    close: async () => {
      await browser.close();
      await stop(server);
      await application.close();
    },
  };
}

/**
 * Without its sandbox, which does not work for root, and without compilers that make scripts faster: no page is open long
 * enough to win back what they take.
 */
const ARGUMENTS = ['--no-sandbox', '--js-flags=--no-opt,--no-maglev'];
/** Keeps what its processes share on the disk. Playwright asks for it, since few containers have memory set aside. */
const ON_DISK = '--disable-dev-shm-usage';

/** Starts the Chromium that the set-up found. */
export function launchChromium(): Promise<Browser> {
  const executablePath = getRunVariable('FLAGSTAFF_TEST_CHROMIUM');
  if (executablePath === undefined)
    throw new Error('no Chromium: run browser tests through jest, whose set-up finds one');
  const ignoreDefaultArgs = scratchRoot() === tmpdir() ? [] : [ON_DISK];
  return chromium.launch({ executablePath, args: ARGUMENTS, ignoreDefaultArgs });
}

/** The real time, moved on by what the test adds: pages poll, so it may not stand still. */
function runningClock(): TestClock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
    set: (time) => {
      ahead = time.getTime() - Date.now();
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Lent {
  page: Page;
  /** Turns JavaScript on or off from the next page on, as `javaScriptEnabled` does for a new browser. */
  setScripts(enabled: boolean): Promise<unknown>;
}

/** Pages with or without JavaScript; those given back are lent again. */
function pagesOf(browser: Browser, origin: string, problems: string[]): Pick<BrowserApp, 'open' | 'giveBack'> {
  const idle: Lent[] = [];
  const lent = new Map<Page, Lent>();

  async function start(): Promise<Lent> {
    const context = await browser.newContext({ baseURL: origin });
    context.setDefaultTimeout(PATIENCE_MS);
    watch(context, origin, problems);
    await context.addInitScript(reportFromInside);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    const setScripts = (enabled: boolean) => devtools.send('Emulation.setScriptExecutionDisabled', { value: !enabled });
    return { page, setScripts };
  }

  return {
    open: async ({ as, javaScript = true, width = 1280, height = 800, scheme = 'light' } = {}) => {
      const one = idle.pop() ?? (await start());
      const { page } = one;
      lent.set(page, one);
      await one.setScripts(javaScript);
      await page.setViewportSize({ width, height });
      // Nothing to wait for: animations would only make a screenshot or a contrast check depend on the moment.
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      if (as !== undefined) await signIn(page.context(), as);
      return page;
    },
    giveBack: async (page) => {
      const one = lent.get(page);
      lent.delete(page);
      const emptied = await empty(page).catch(() => false);
      if (emptied && one !== undefined) idle.push(one);
      else await page.context().close();
    },
  };
}

/** Makes a page and its browser as good as new; false when that cannot be. */
async function empty(page: Page): Promise<boolean> {
  const context = page.context();
  if (page.isClosed() || context.pages().length > 1) return false;
  page.removeAllListeners();
  await page.unrouteAll();
  await context.unrouteAll();
  await context.setOffline(false);
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await context.clearCookies();
  // Out of the application, where nothing asks for news any more, but in the same process.
  await page.goto('/healthz');
  return true;
}

/** Signs in through the form, but without drawing it: faster, and the same cookies. */
async function signIn(context: BrowserContext, person: PersonName): Promise<void> {
  const form = await (await context.request.get('/login')).text();
  const token = /name="_csrf" value="([^"]+)"/.exec(form)?.[1] ?? '';
  const { email } = people[person];
  const answer = await context.request.post('/login', {
    form: { email, password: PASSWORD, _csrf: token },
    maxRedirects: 0,
  });
  if (answer.status() !== 303) throw new Error(`${person} could not sign in: ${answer.status()}`);
}

/** What only the page itself hears of; it comes out as console errors. */
function reportFromInside(): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
  document.addEventListener('htmx:error', (event) => {
    console.error(`htmx:error ${String((event as CustomEvent<{ error?: unknown }>).detail.error)}`);
  });
}

/** Chromium logs every answer above 399 as an error; pages answer 4xx on purpose. */
const EXPECTED = /^Failed to load resource: the server responded with a status of 4\d\d/;

function watch(context: BrowserContext, origin: string, problems: string[]): void {
  const note = (page: Page | null, text: string) => problems.push(`${page?.url().replace(origin, '') ?? ''}: ${text}`);
  context.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) note(message.page(), message.text());
  });
  context.on('weberror', (error) => note(error.page(), error.error().stack ?? error.error().message));
  context.on('dialog', (dialog) => {
    // Leaving a form with unsaved changes asks, and tests may want to; everything else is foreign script.
    if (dialog.type() !== 'beforeunload') note(dialog.page(), `dialog: ${dialog.message()}`);
    dialog.accept().catch(() => undefined);
  });
  context.on('request', (request) => {
    const { origin: to, protocol } = new URL(request.url());
    if (protocol !== 'data:' && to !== origin && !request.isNavigationRequest()) note(null, `request to ${to}`);
  });
  context.on('response', (response) => {
    const type = response.request().resourceType();
    const isPage = ['document', 'fetch', 'xhr', 'eventsource'].includes(type);
    if (response.status() >= (isPage ? 500 : 400)) note(null, `${response.status()} for ${type} ${response.url()}`);
  });
}
