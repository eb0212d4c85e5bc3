import { spawnSync } from 'node:child_process';
import { projectRoot } from '../../src/lib/root';

/**
 * Builds the server if its sources have changed, for tests that start it as a process of its own. From its sources it would
 * take twice as long to start, each time.
 */
export function prepareBuild(): void {
  const { status } = spawnSync(process.execPath, ['scripts/setup.mjs', '--quiet'], {
    cwd: projectRoot,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The server could not be built; it says why above.');
}
