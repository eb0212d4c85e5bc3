import type { Command } from 'commander';
import { formatCount } from '../web/filters';
import { type Finding, fault, registerCheck, runChecks } from './checks';
import { checkDatabase } from './checks-database';
import { checkAccounts, checkAddress, checkMail, checkSecrets, checkSettings, checkTransport } from './checks-deploy';
import { checkFiles, checkUser } from './checks-files';
import type { CommandContext } from './context';

registerCheck('database', checkDatabase);
registerCheck('user', checkUser);
for (const [name, check] of Object.entries({
  secrets: checkSecrets,
  address: checkAddress,
  settings: checkSettings,
  mail: checkMail,
  accounts: checkAccounts,
  transport: checkTransport,
  files: checkFiles,
})) {
  registerCheck(name, check, { deploy: true });
}

/** What is wrong with the configuration itself: nothing else can be looked at then. */
function configurationFindings({ config }: CommandContext): Finding[] | undefined {
  try {
    config();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !('problems' in error)) throw error;
    return (error.problems as string[]).map((problem) => fault('flagstaff.E001', problem));
  }
}

async function findAll(context: CommandContext, deploy: boolean): Promise<Finding[]> {
  const unusable = configurationFindings(context);
  if (unusable !== undefined) return unusable;
  const services = context.services();
  const userId = process.getuid?.();
  return runChecks({ config: services.config, services, environment: context.environment, userId }, { deploy });
}

/** `check`: looks for what is wrong before anybody runs into it. */
export function addCheckCommand(program: Command, context: CommandContext): void {
  program
    .command('check')
    .summary('look for mistakes in configuration and installation')
    .description(
      'Looks for mistakes before anybody runs into them. Each finding has an id that stays. Ends with exit code 1 when there is an error.',
    )
    .option('--deploy', 'also ask what matters where the world can reach this installation')
    .option('--fail-on-warning', 'let warnings count like errors')
    .action(async ({ deploy = false, failOnWarning = false }: { deploy?: boolean; failOnWarning?: boolean }) => {
      const findings = await findAll(context, deploy);
      for (const { id, level, message, hint } of findings) {
        context.say(`${id} ${level}: ${message}`);
        if (hint !== undefined) context.say(`  ${hint}`);
      }
      const errors = findings.filter(({ level }) => level === 'error').length;
      const warnings = findings.length - errors;
      if (findings.length === 0) context.say('No mistakes found.');
      else context.say(`${formatCount(errors, 'error')}, ${formatCount(warnings, 'warning')}.`);
      if (errors > 0 || (failOnWarning && warnings > 0)) context.failWith(1);
    });
}
