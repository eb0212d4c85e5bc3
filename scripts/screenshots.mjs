// Takes the pictures of the documents anew: node scripts/screenshots.mjs [name …]
// Starts the built server with demo data in a database that is thrown away, and looks at it in a real Chromium, as the
// people of the demo do. Leaves the pictures in docs/images. Run `npm start` once before, so that there is a build.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { freePort } from '../test/support/free-port.cjs';
import { withPalette } from './palette-png.mjs';

const WIDTH = 1280;
const MOST_BYTES = 150_000;
const PASSWORD = 'flagstaff-demo';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
const folder = path.join('docs', 'images');

const byRole = (page, role, name) => page.getByRole(role, { name, exact: true });

/** Opens a flag's form from the list, as people do. */
async function openFlag(page, name) {
  await page.goto(`/admin/teams/flag/?q=${name}`);
  await page.getByRole('rowheader').getByRole('link').first().click();
  await page.waitForURL(/\/change\//);
}

const BROWSE = [
  {
    name: 'admin-index',
    as: 'staff@example.com',
    path: '/admin/?actions=everyone',
  },
  {
    name: 'flag-list',
    as: 'staff@example.com',
    path: '/admin/teams/flag/',
  },
  {
    name: 'flag-list-dark',
    as: 'staff@example.com',
    path: '/admin/teams/flag/?staff__exact=1',
    scheme: 'dark',
    height: 620,
  },
  {
    name: 'flag-dashboard',
    as: 'staff@example.com',
    path: '/admin/flags/flag/',
    height: 760,
  },
  {
    name: 'flag-form',
    as: 'flags@example.com',
    visit: (page) => openFlag(page, 'beta_search'),
    height: 1000,
  },
  {
    name: 'flag-tester',
    as: 'flags@example.com',
    visit: async (page) => {
      await openFlag(page, 'beta_search');
      await page.getByRole('combobox', { name: 'Person' }).pressSequentially('user@');
      await page.getByRole('option').first().click();
      await byRole(page, 'button', 'Try').click();
      await page.locator('#flag-tester-result .ff-badge').waitFor();
    },
    element: '#flag-tester',
  },
  {
    name: 'flag-history',
    as: 'flags@example.com',
    visit: async (page) => {
      await openFlag(page, 'beta_search');
      await page.getByRole('link', { name: 'History' }).click();
      await page.waitForURL(/history/);
    },
    height: 640,
  },
  {
    name: 'flag-action',
    as: 'flags@example.com',
    visit: async (page) => {
      await page.goto('/admin/teams/flag/?q=integration_');
      await page.getByRole('checkbox', { name: 'Select all rows on this page' }).check();
      await page.getByLabel('Action').selectOption({ label: 'Enable for everyone' });
      await byRole(page, 'button', 'Go').click();
      await byRole(page, 'button', 'Enable for everyone').waitFor();
    },
    height: 680,
  },
  {
    name: 'missing-names',
    as: 'staff@example.com',
    path: '/admin/teams/missing/',
    height: 480,
  },
  {
    name: 'demand',
    as: 'staff@example.com',
    path: '/admin/integrations/interest/',
    height: 1000,
  },
];

/** Changes something, so it comes after those that only look. */
const ACT = [
  {
    name: 'flag-switched',
    as: 'flags@example.com',
    visit: async (page) => {
      await page.goto('/admin/teams/flag/?q=integration_');
      await page.getByRole('group', { name: 'Everyone: integration_jira_enabled' }).getByText('Yes').click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
    height: 720,
  },
  {
    name: 'integrations',
    as: 'user@example.com',
    visit: async (page) => {
      await page.goto('/integrations/');
      await page.locator('#integration-copilot').getByRole('button').click();
      await page.getByText('Thanks!').first().waitFor();
    },
    height: 1060,
  },
  {
    name: 'onboarding',
    as: 'user@example.com',
    path: '/onboarding/sync_progress/',
    height: 760,
  },
  {
    name: 'conflict',
    as: 'flags@example.com',
    visit: async (page, { open }) => {
      await openFlag(page, 'beta_search');
      const other = await open({ as: 'staff@example.com' });
      await openFlag(other, 'beta_search');
      await other.getByLabel('Percent').fill('40');
      await byRole(other, 'button', 'Save').click();
      await other.waitForURL(/\/admin\/teams\/flag\/(\?.*)?$/);
      await page.getByLabel('Percent').fill('50');
      await page.getByLabel('Note').fill('Full-text search with ranking. At 50% while the search team watches.');
      await byRole(page, 'button', 'Save').click();
      await page.getByRole('heading', { name: 'changed while you edited' }).waitFor();
    },
    height: 640,
  },
];

function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const files = [process.env.CHROMIUM_PATH, ...names, chromium.executablePath()].filter(Boolean);
  const found = files.find((file) => spawnSync(file, ['--version'], { timeout: 15_000 }).status === 0);
  if (found === undefined) throw new Error('No Chromium found. Install one, or set CHROMIUM_PATH.');
  return found.includes(path.sep) ? found : spawnSync('which', [found], { encoding: 'utf8' }).stdout.trim();
}

/** The server with demo data and secrets of its own, which touches nothing of the working copy. */
async function startServer(scratch, port) {
  const origin = `http://127.0.0.1:${port}`;
  const secret = () => randomBytes(32).toString('base64url');
  const server = spawn(process.execPath, [path.join('dist', 'src', 'server.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: String(port),
      BASE_URL: origin,
      DATABASE_URL: `sqlite:${path.join(scratch, 'screenshots.sqlite3')}`,
      SESSION_SECRET: secret(),
      ENCRYPTION_KEY: secret(),
      LOG_LEVEL: 'error',
    },
  });
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) throw new Error('The server did not start. Run `npm start` once, to build it.');
    const answer = await fetch(`${origin}/readyz`).catch(() => undefined);
    if (answer?.ok) return { server, origin };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill();
  throw new Error('The server did not answer within 20 seconds.');
}

async function signIn(page, email) {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await byRole(page.getByRole('main'), 'button', 'Sign in').click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

async function take(browser, origin, shot) {
  const contexts = [];
  const open = async ({ as, scheme = 'light', height = 800 }) => {
    const context = await browser.newContext({
      baseURL: origin,
      viewport: { width: WIDTH, height },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
    });
    contexts.push(context);
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    if (as !== undefined) await signIn(page, as);
    return page;
  };
  const page = await open(shot);
  await (shot.visit === undefined ? page.goto(shot.path) : shot.visit(page, { open }));
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(400); // htmx settles, the pointer's hover goes
  const png = await (shot.element === undefined ? page : page.locator(shot.element)).screenshot({ caret: 'hide' });
  for (const context of contexts) await context.close();
  return withPalette(png);
}

async function main() {
  const names = process.argv.slice(2);
  const isWanted = ({ name }) => names.length === 0 || names.includes(name);
  const unknown = names.find((name) => ![...BROWSE, ...ACT].some((shot) => shot.name === name));
  if (unknown !== undefined) throw new Error(`There is no picture ${unknown}.`);
  // What acts builds on what acted before, so of these all are done, and the wanted ones kept.
  const shots = [...BROWSE.filter(isWanted), ...(ACT.some(isWanted) ? ACT : [])];
  const scratch = mkdtempSync(path.join(tmpdir(), 'flagstaff-screenshots-'));
  let server;
  let browser;
  try {
    const started = await startServer(scratch, await freePort());
    server = started.server;
    browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
    });
    mkdirSync(folder, { recursive: true });
    for (const shot of shots) {
      const png = await take(browser, started.origin, shot);
      if (!isWanted(shot)) continue;
      if (png.length > MOST_BYTES) throw new Error(`${shot.name} has ${png.length} bytes; make it smaller.`);
      writeFileSync(path.join(folder, `${shot.name}.png`), png);
      console.log(`${shot.name}.png (${(png.length / 1024).toFixed(0)} kB)`);
    }
  } finally {
    await browser?.close();
    server?.kill('SIGTERM');
    if (server !== undefined && server.exitCode === null) await new Promise((resolve) => server.once('exit', resolve));
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main();
