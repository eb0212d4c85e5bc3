import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type Database, isPostgres } from '../db';
import { formatNumber } from '../web/filters';
import { type CommandContext, CommandError, note } from './context';

interface SqliteConnection {
  backup(file: string): Promise<unknown>;
}

/** SQLite copies itself page by page while others go on reading and writing. */
async function backUpSqlite(db: Database, file: string): Promise<void> {
  const connection = (await db.client.acquireConnection()) as SqliteConnection;
  try {
    await connection.backup(file);
  } finally {
    await db.client.releaseConnection(connection);
  }
}

/** The parts of a database address as PostgreSQL's tools read them from their environment: arguments can be seen by others. */
export function postgresEnvironment(address: string): Record<string, string> {
  const url = new URL(address);
  const parts = {
    PGHOST: url.searchParams.get('host') ?? decodeURIComponent(url.hostname),
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGSSLMODE: url.searchParams.get('sslmode') ?? '',
    PGSSLROOTCERT: url.searchParams.get('sslrootcert') ?? '',
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
}

async function backUpPostgres(address: string, file: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const dump = spawn('pg_dump', ['--format=custom', '--no-password', `--file=${file}`], {
    env: { PATH: environment.PATH, HOME: environment.HOME, ...postgresEnvironment(address) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  dump.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const [code] = (await once(dump, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new CommandError("pg_dump was not found. Install PostgreSQL's client programs and run this again.");
  })) as [number | null];
  if (code !== 0) throw new CommandError(`pg_dump could not make the backup. It says:\n${said.trim()}`);
}

/** Makes the file so that nobody but its owner can read it; whole or not at all, and never over another. */
async function writePrivately(file: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await (await open(file, 'wx', 0o600)).close(); // holds the name
  } catch (error) {
    throw asCommandError(error, file);
  }
  try {
    await (await open(partial, 'w', 0o600)).close();
    await write(partial);
    await chmod(partial, 0o600);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    await rm(file, { force: true });
    throw asCommandError(error, file);
  }
}

function asCommandError(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return new CommandError(`${file} exists already. Nothing was overwritten.`);
  if (code === 'ENOENT') return new CommandError(`There is no folder ${path.dirname(file)}.`);
  if (code === 'ENOSPC') return new CommandError('There is no room left for the backup. No file was left behind.');
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new CommandError(`${path.dirname(file)} cannot be written to.`);
  }
  return error;
}

/** `backup`: copies the database while it is in use. */
export function addBackupCommand(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .summary('copy the database while it is in use')
    .description(
      'Copies the database into a new file while it is in use. The file holds password hashes: only its owner can read it.',
    )
    .argument('<file>', 'the file to make; one that exists is never overwritten')
    .addHelpText(
      'after',
      '\nSQLite: the file is a database; to restore it, stop the server and put it in the place of the old one (without its\n-wal and -shm files). PostgreSQL: made by pg_dump; restore it with pg_restore.',
    )
    .action(async (given: string) => {
      const file = path.resolve(given);
      const services = context.services();
      const { db, config } = services;
      await writePrivately(file, (partial) =>
        config.database.client === 'pg' && isPostgres(db)
          ? backUpPostgres(config.database.url, partial, context.environment)
          : backUpSqlite(db, partial),
      );
      const { size } = await stat(file);
      await note(services, 'backup', {
        action: 'backup',
        objectType: 'db.database',
        objectId: path.basename(file).slice(0, 100),
        objectLabel: path.basename(file),
        message: `Copied the database (${formatNumber(size)} bytes).`,
      });
      context.say(`Copied the database to ${file} (${formatNumber(size)} bytes).`);
    });
}
