import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { preparePostgres, releasePostgres } from '../test/support/postgres';
import { prepareSqlite } from '../test/support/sqlite';
import { type TestApp, testApp } from '../test/support/test-app';

export { median, report, times } from './report';

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

/** Listens on a port of its own. */
export async function serve(app: Express): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
