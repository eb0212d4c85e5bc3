import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { codeRoot, projectRoot } from '../lib/root';
import { type CheckContext, caution, type Finding, fault } from './checks';

const GROUP_OR_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o002;

const modeOf = (file: string): number => statSync(file).mode & 0o777;
const octal = (mode: number): string => `0${mode.toString(8).padStart(3, '0')}`;

/** Files that hold secrets: the database with its journals, and what lies in the data folder. */
function privateFiles({ config }: CheckContext): string[] {
  const files: string[] = [];
  const { database, dataDir } = config;
  if (database.client === 'sqlite' && database.filename !== ':memory:') {
    files.push(database.filename, `${database.filename}-wal`, `${database.filename}-shm`);
  }
  if (existsSync(dataDir)) {
    for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
      if (entry.isFile()) files.push(path.join(dataDir, entry.name));
    }
  }
  return [...new Set(files)].filter((file) => existsSync(file));
}

/** The program itself: whoever can write to it decides what it does. */
const programFiles = (): string[] =>
  [projectRoot, codeRoot, 'package.json', 'node_modules', 'views', 'partials', 'public', 'dist']
    .map((name) => path.resolve(projectRoot, name))
    .filter((file, at, all) => existsSync(file) && all.indexOf(file) === at);

/** Who else on this machine can read the secrets or change the program. */
export function checkFiles(context: CheckContext): Finding[] {
  if (context.userId === undefined) return []; // Windows keeps other kinds of permissions
  const findings: Finding[] = [];
  for (const file of privateFiles(context)) {
    const mode = modeOf(file);
    if ((mode & GROUP_OR_OTHERS) !== 0)
      findings.push(
        fault(
          'security.E016',
          `${file} can be read by other users of this machine (${octal(mode)}).`,
          `Run: chmod 600 ${file}`,
        ),
      );
  }
  for (const file of programFiles()) {
    const mode = modeOf(file);
    if ((mode & WRITABLE_BY_OTHERS) !== 0)
      findings.push(
        fault(
          'security.E017',
          `${file} can be changed by any user of this machine (${octal(mode)}).`,
          `Run: chmod o-w ${file}`,
        ),
      );
  }
  return findings;
}

/** Whether the process may do more than it needs. */
export const checkUser = ({ userId }: CheckContext): Finding[] =>
  userId === 0
    ? [
        caution(
          'security.W005',
          'This runs as root.',
          'Run the server as a user of its own that owns nothing but the data folder.',
        ),
      ]
    : [];
