import type { Command } from 'commander';
import { loadDemoData, SIGN_INS } from '../demo';
import { type CommandContext, CommandError } from './context';

/** `seed`: loads the demo data into an empty database. */
export function addSeedCommand(program: Command, context: CommandContext): void {
  program
    .command('seed')
    .summary('load the demo data into an empty database')
    .description('Loads the demo data, with sign-ins whose password everybody knows. Never in production.')
    .action(async () => {
      const services = context.services();
      if (services.config.env === 'production') {
        throw new CommandError(
          'The demo data brings sign-ins that everybody knows, so it is not loaded in production.',
        );
      }
      if (!(await loadDemoData(services))) {
        throw new CommandError('There are accounts in this database already. Nothing was loaded.');
      }
      context.say('Loaded the demo data. Sign in as:');
      for (const { email } of SIGN_INS) context.say(`  ${email}`);
    });
}
