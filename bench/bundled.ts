import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../src/lib/root';

/**
 * Runs an exported function of a file in this folder in a process of its own, with what belongs to us in one file and packages
 * beside it: as the engine is shipped to a browser, and with nothing in memory that other parts have left there. What it prints
 * is printed. Throws when the process fails.
 */
export async function runBundled(file: string, name: string): Promise<void> {
  const outfile = path.join(projectRoot, 'node_modules', '.cache', 'flagstaff', `bench-${file}.cjs`);
  await build({
    stdin: { contents: `require('./${file}').${name}();`, resolveDir: __dirname },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile,
    logLevel: 'warning',
  });
  const run = spawn(process.execPath, ['--expose-gc', outfile], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status, signal] = (await once(run, 'close')) as [number | null, string | null];
  if (status !== 0) throw new Error(`${file} ended with ${signal ?? status}.`);
}
