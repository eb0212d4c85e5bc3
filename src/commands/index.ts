import { Command } from 'commander';
import { addChangePasswordCommand, addClearSessionsCommand, addCreateSuperuserCommand } from './accounts';
import { addAuditVerifyCommand } from './audit-verify';
import { addBackupCommand } from './backup';
import { addCheckCommand } from './check';
import { addConditionFlagCommands } from './condition-flags';
import type { CommandContext } from './context';
import { addFlagCommand } from './flag';
import { addMigrationCommands } from './migrations';
import { addCreateProducerCommand, addImportProducersCommand } from './producers';
import { addRotateKeysCommand } from './rotate-keys';
import { addSampleCommand } from './sample';
import { addSeedCommand } from './seed';
import { addSwitchCommand } from './switch';
import { addWaffleDeleteCommand } from './waffle-delete';

export { type Check, type CheckContext, caution, type Finding, fault, registerCheck, unregisterCheck } from './checks';
export { type CommandContext, CommandError, type Terminal } from './context';

/** All commands of `npm run manage`. Nothing ends the process: mistakes are thrown. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('manage')
    .description('Looks after a Flagstaff installation. Run it as: npm run manage -- <command>')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .showHelpAfterError('Add --help to see how it is used.')
    .showSuggestionAfterError();
  addCheckCommand(program, context);
  addMigrationCommands(program, context);
  addSeedCommand(program, context);
  addCreateSuperuserCommand(program, context);
  addChangePasswordCommand(program, context);
  addClearSessionsCommand(program, context);
  addBackupCommand(program, context);
  addAuditVerifyCommand(program, context);
  addRotateKeysCommand(program, context);
  addCreateProducerCommand(program, context);
  addImportProducersCommand(program, context);
  addFlagCommand(program, context);
  addConditionFlagCommands(program, context);
  addSwitchCommand(program, context);
  addSampleCommand(program, context);
  addWaffleDeleteCommand(program, context);
  return program;
}
