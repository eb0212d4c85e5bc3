import type { Command } from 'commander';
import { deleteByName, type Kind } from '../teams';
import { type CommandContext, commandActor, usageError } from './context';

interface Options {
  flags?: string[];
  switches?: string[];
  samples?: string[];
}

/** `waffle-delete`: removes flags, switches and samples by name. */
export function addWaffleDeleteCommand(program: Command, context: CommandContext): void {
  program
    .command('waffle-delete')
    .summary('delete flags, switches and samples by name')
    .description(
      'Deletes flags, switches and samples by name, in one transaction. Names that do not exist are said and left out.',
    )
    .option('--flags <names...>', 'flags to delete')
    .option('--switches <names...>', 'switches to delete')
    .option('--samples <names...>', 'samples to delete')
    .action(async ({ flags = [], switches = [], samples = [] }: Options) => {
      const names = { flag: flags, switch: switches, sample: samples };
      if (flags.length + switches.length + samples.length === 0) {
        throw usageError('Name what to delete: --flags, --switches or --samples.');
      }
      const deleted = await deleteByName(context.services(), commandActor('waffle-delete'), names);
      for (const kind of Object.keys(names) as Kind[]) {
        for (const name of new Set(names[kind])) {
          if (deleted[kind].includes(name)) context.say(`Deleted the ${kind} ${name}.`);
          else context.note(`There is no ${kind} “${name}”.`);
        }
      }
    });
}
