import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { migrateLatest, openDatabase } from '../../src/db';
import { onServer, templateName, urlOf } from './databases';
import { getRunVariable, note, runId, scratchDirectory, scratchRoot, setRunVariable } from './run-state';

let server: ChildProcess | undefined;

/** Makes a PostgreSQL server ready with a migrated template database, or notes why there is none. Once per run. */
export async function preparePostgres(): Promise<void> {
  if (getRunVariable('FLAGSTAFF_TEST_POSTGRES_URL') ?? getRunVariable('FLAGSTAFF_TEST_POSTGRES_MISSING')) return;
  scratchDirectory(); // now, so that the workers share one
  const given = process.env.TEST_DATABASE_URL;
  try {
    const found = given ? await greet(given) : await startPrivateServer();
    setRunVariable('FLAGSTAFF_TEST_POSTGRES_URL', found.url);
    note('used', found.description);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = given
      ? `PostgreSQL tests: the server at TEST_DATABASE_URL does not answer (${reason})`
      : `PostgreSQL tests: no server could be started. Install PostgreSQL or set TEST_DATABASE_URL.\n${reason}`;
    setRunVariable('FLAGSTAFF_TEST_POSTGRES_MISSING', text);
    note('skipped', text);
    return;
  }
  await onServer((client) => client.query(`create database ${templateName()} template template0`));
  const db = openDatabase({ client: 'pg', url: urlOf(templateName()) });
  try {
    await migrateLatest(db);
  } finally {
    await db.destroy();
  }
}

interface Found {
  url: string;
  description: string;
}

async function greet(url: string): Promise<Found> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return { url, description: `PostgreSQL ${rows[0]?.server_version ?? ''} (TEST_DATABASE_URL)` };
  } finally {
    await client.end();
  }
}

async function startPrivateServer(): Promise<Found> {
  const child = spawn(process.execPath, [path.join(__dirname, 'postgres-server.mjs'), scratchRoot()], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  server = child;
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => [JSON.stringify({ error: 'the helper process ended early' })]),
  ])) as [string];
  const answer = JSON.parse(line) as { url?: string; version?: string; from?: string; error?: string };
  if (answer.url === undefined) throw new Error(answer.error);
  // The run must be able to end without us; the server ends when its input closes.
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
  // Copying a database's files is quickest where nothing is flushed to disk; older servers know no other way.
  if (Number.parseInt(answer.version ?? '', 10) >= 15) {
    setRunVariable('FLAGSTAFF_TEST_POSTGRES_COPY', 'strategy file_copy');
  }
  return { url: answer.url, description: `PostgreSQL ${answer.version} (own server, ${answer.from})` };
}

/** Stops the private server, or removes what this run left on a given one. */
export async function releasePostgres(): Promise<void> {
  const child = server;
  server = undefined;
  if (child !== undefined) {
    if (child.exitCode !== null) return;
    // Nothing else may be left that keeps this process alive, and it would end here as if all were well.
    child.ref();
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
    return;
  }
  if (getRunVariable('FLAGSTAFF_TEST_POSTGRES_URL') === undefined) return;
  await onServer(async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database where datname like $1', [
      `flagstaff\\_${runId()}\\_%`,
    ]);
    for (const { datname } of rows) await client.query(`drop database if exists "${datname}" with (force)`);
  });
  delete process.env.FLAGSTAFF_TEST_POSTGRES_URL;
}
