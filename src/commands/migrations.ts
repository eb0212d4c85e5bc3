import type { Command } from 'commander';
import { type Database, migrateLatest, migrateRollback } from '../db';
import { formatCount } from '../web/filters';
import { type CommandContext, CommandError, note } from './context';
import { hasTable, readLastBatch } from './queries';

/** Notes what happened to the tables, unless the audit log went with them. */
async function noteMigrations(context: CommandContext, command: string, names: string[], verb: string): Promise<void> {
  const services = context.services();
  if (!(await hasTable(services.db, 'audit_head'))) return;
  await note(services, command, {
    action: command,
    objectType: 'db.migration',
    objectId: names.at(-1) ?? '',
    objectLabel: formatCount(names.length, 'migration'),
    after: { names },
    message: `${verb} ${formatCount(names.length, 'migration')}.`,
  });
}

async function lastBatch(db: Database): Promise<string[]> {
  return (await hasTable(db, 'knex_migrations')) ? readLastBatch(db) : [];
}

/** `migrate` and `rollback`: brings the tables up to date, and takes the last step back. */
export function addMigrationCommands(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .summary('bring the database up to date')
    .description('Brings the database up to date. Safe to run again, and while another process does the same.')
    .action(async () => {
      const names = await migrateLatest(context.services().db);
      if (names.length === 0) return context.say('The database is up to date.');
      for (const name of names) context.say(`Applied ${name}`);
      await noteMigrations(context, 'migrate', names, 'Applied');
    });

  program
    .command('rollback')
    .summary('take the last batch of migrations back')
    .description('Takes the last batch of migrations back. Tables that they made go with everything in them.')
    .option('--yes', 'do it; without this the command only says what it would take back')
    .action(async ({ yes }: { yes?: true }) => {
      const { db } = context.services();
      const names = await lastBatch(db);
      if (names.length === 0) return context.say('There is nothing to take back.');
      if (!yes) {
        for (const name of names) context.say(`Would take back ${name}`);
        throw new CommandError(
          'Nothing was changed. Tables made by these migrations would be deleted with everything in them: make a backup, then add --yes.',
        );
      }
      for (const name of await migrateRollback(db)) context.say(`Took back ${name}`);
      await noteMigrations(context, 'rollback', names, 'Took back');
    });
}
