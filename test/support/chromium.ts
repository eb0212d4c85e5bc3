import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { getRunVariable, note, setRunVariable } from './run-state';

/** The one without a window comes first: it does the same with three quarters of the work. */
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];

const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/google/chrome'];

const FILES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** Finds a Chromium, installing one if there is none, or notes why there is none. Once per run. */
export async function prepareChromium(): Promise<void> {
  if (getRunVariable('FLAGSTAFF_TEST_CHROMIUM') ?? getRunVariable('FLAGSTAFF_TEST_BROWSER_MISSING')) return;
  const given = process.env.CHROMIUM_PATH;
  const program = given ? describeBrowser(given) : (findInstalled() ?? install());
  if (program === undefined) {
    const text = given
      ? `browser tests: CHROMIUM_PATH is ${given}, which does not run`
      : 'browser tests: no Chromium found, and none could be installed. Install Chromium or set CHROMIUM_PATH.';
    setRunVariable('FLAGSTAFF_TEST_BROWSER_MISSING', text);
    note('skipped', text);
    return;
  }
  setRunVariable('FLAGSTAFF_TEST_CHROMIUM', program.file);
  note('used', `${program.version} (${program.file})`);
}

interface Browser {
  file: string;
  version: string;
}

/** The browser behind a path, or nothing when it does not start: distributions ship stubs under its name. */
function describeBrowser(file: string): Browser | undefined {
  if (!existsSync(file)) return undefined;
  // On Windows asking for the version opens a window instead.
  if (process.platform === 'win32') return { file, version: 'Chrome' };
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 15_000 });
  const version = /\b(?:Chromium|Chrome)[^\d]*[\d.]+/.exec(result.stdout ?? '')?.[0];
  return result.status === 0 && version !== undefined ? { file, version } : undefined;
}

function findInstalled(): Browser | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute), ...FOLDERS];
  const files = [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...FILES];
  for (const file of new Set([...files, downloadedPath()])) {
    const found = describeBrowser(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where playwright keeps the Chromium that it downloads. */
const downloadedPath = (): string => chromium.executablePath();

function install(): Browser | undefined {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('No Chromium found: installing it with apt-get (about a minute).');
    apt('update');
    for (const name of ['chromium-headless-shell', 'chromium']) {
      apt('install', '-y', '--no-install-recommends', name);
      const installed = findInstalled();
      if (installed !== undefined) return installed;
    }
  }
  say('No Chromium found: downloading one with playwright-core.');
  const cli = path.join(path.dirname(require.resolve('playwright-core/package.json')), 'cli.js');
  const libraries = process.getuid?.() === 0 && process.platform === 'linux' ? ['--with-deps'] : [];
  spawnSync(process.execPath, [cli, 'install', ...libraries, 'chromium'], {
    stdio: ['ignore', 2, 2],
    timeout: 300_000,
  });
  return findInstalled();
}

function apt(...args: string[]): void {
  spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    stdio: ['ignore', 2, 2],
    timeout: 600_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
