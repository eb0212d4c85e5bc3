import { AsyncLocalStorage } from 'node:async_hooks';

const overrides = new AsyncLocalStorage<ReadonlyMap<string, boolean>>();
let running = 0;

/** What a test has said of a flag around this call; undefined when none has. */
export const overriddenFlag = (name: string): boolean | undefined =>
  running === 0 ? undefined : overrides.getStore()?.get(name);

/**
 * Runs `work` while the named flags are on or off for everybody, whether they exist or not; nothing is written. What runs
 * beside it sees nothing of it. Within another one, the inner counts for the names that it has. For tests.
 */
export async function withFlags<T>(flags: Readonly<Record<string, boolean>>, work: () => T | Promise<T>): Promise<T> {
  running += 1;
  try {
    return await overrides.run(new Map([...(overrides.getStore() ?? []), ...Object.entries(flags)]), work);
  } finally {
    running -= 1;
    // Where it is in use Node.js follows every promise, which is not for free.
    if (running === 0) overrides.disable();
  }
}
