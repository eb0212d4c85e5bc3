import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { preparePostgres, releasePostgres } from '../test/support/postgres';
import { prepareSqlite } from '../test/support/sqlite';
import { type TestApp, testApp } from '../test/support/test-app';

export type Dialect = 'sqlite' | 'postgres';

/** The assembled application on a fresh database of the named kind. */
export async function benchApp(dialect: Dialect, environment: Record<string, string> = {}): Promise<TestApp> {
  (globalThis as { testDialect?: Dialect }).testDialect = dialect;
  return testApp({ environment });
}

/** Makes both kinds of database available; ends what it started when `work` is done. */
export async function withDatabases(work: () => Promise<void>): Promise<void> {
  await prepareSqlite();
  await preparePostgres();
  try {
    await work();
  } finally {
    await releasePostgres();
  }
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds of each of `runs` runs, after `warmUp` that do not count. */
export async function times(runs: number, work: () => Promise<unknown>, warmUp = 3): Promise<number[]> {
  const taken: number[] = [];
  for (let run = -warmUp; run < runs; run++) {
    const start = performance.now();
    await work();
    if (run >= 0) taken.push(performance.now() - start);
  }
  return taken;
}

/** One line of the result: what was measured, the figure, what it is held against, and the target. */
export function report(what: string, figure: string, against: string, target: string): void {
  console.log(`  ${what.padEnd(58)} ${figure.padStart(12)}   ${against.padEnd(34)} ${target}`);
}

/** Listens on a port of its own. */
export async function serve(app: Express): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
