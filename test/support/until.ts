import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something to hold and returns how many milliseconds that took; throws when it takes too long. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, within = 20_000): Promise<number> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > within) throw new Error(`waited ${within} ms for ${what}`);
    await sleep(5);
  }
  return performance.now() - started;
}
