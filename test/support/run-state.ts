import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * What the global set-up found, kept in environment variables because that is what the workers inherit.
 * `*_MISSING` holds the reason why something cannot be had.
 */
export type RunVariable =
  | 'FLAGSTAFF_TEST_RUN'
  | 'FLAGSTAFF_TEST_DIR'
  | 'FLAGSTAFF_TEST_SQLITE_TEMPLATE'
  | 'FLAGSTAFF_TEST_POSTGRES_URL'
  | 'FLAGSTAFF_TEST_POSTGRES_COPY'
  | 'FLAGSTAFF_TEST_POSTGRES_MISSING'
  | 'FLAGSTAFF_TEST_REDIS'
  | 'FLAGSTAFF_TEST_REDIS_MISSING'
  | 'FLAGSTAFF_TEST_CHROMIUM'
  | 'FLAGSTAFF_TEST_BROWSER_MISSING';

export const getRunVariable = (name: RunVariable): string | undefined => process.env[name] || undefined;

export function setRunVariable(name: RunVariable, value: string): void {
  process.env[name] = value;
}

/** A short name of this test run, for things that runs share: databases on a given server, folders. */
export function runId(): string {
  const known = getRunVariable('FLAGSTAFF_TEST_RUN');
  if (known !== undefined) return known;
  const id = randomBytes(4).toString('hex');
  setRunVariable('FLAGSTAFF_TEST_RUN', id);
  return id;
}

const PREFIX = 'flagstaff-test-';

const GIGABYTE = 1024 ** 3;

/**
 * A folder for files that nobody needs after the tests: memory rather than disk where there is plenty of it. Waiting for
 * the disk is most of what a database does, and it is twenty times slower while other programs use the disk too.
 */
export function scratchRoot(): string {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize > GIGABYTE) return memory;
  } catch {
    // not Linux, or not mounted
  }
  return tmpdir();
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The folder of this run for database files. It goes when the run ends; a killed run's folder goes with the next run. */
export function scratchDirectory(): string {
  const known = getRunVariable('FLAGSTAFF_TEST_DIR');
  if (known !== undefined && existsSync(known)) return known;
  const root = scratchRoot();
  for (const name of readdirSync(root).filter((entry) => entry.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    if (pid > 0 && !isAlive(pid)) rmSync(path.join(root, name), { recursive: true, force: true });
  }
  const directory = mkdtempSync(path.join(root, `${PREFIX}${process.pid}-`));
  mkdirSync(directory, { recursive: true });
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  setRunVariable('FLAGSTAFF_TEST_DIR', directory);
  return directory;
}

/**
 * Says what the tests use, or why some are skipped: to scripts/test.mjs, which prints it at the end, else at once.
 * With CI set nothing may be skipped, so a missing part ends the run.
 */
export function note(kind: 'used' | 'skipped', text: string): void {
  if (kind === 'skipped' && isCi()) throw new Error(`${text}\nWith CI set no test may be skipped.`);
  const file = process.env.FLAGSTAFF_TEST_NOTES;
  if (file) appendFileSync(file, `${JSON.stringify({ kind, text })}\n`);
  else process.stderr.write(`${kind === 'used' ? 'Using' : 'Skipping:'} ${text}\n`);
}

const isCi = (): boolean => !['', '0', 'false', undefined].includes(process.env.CI);
