import type { Command } from 'commander';
import { type CommandContext, CommandError, columns, commandActor, didYouMean } from './context';

const ORIGINS = { settings: 'settings', environment: 'variable', database: 'database' } as const;

async function list({ services, say }: CommandContext): Promise<void> {
  const { conditionFlags } = services();
  await conditionFlags.load();
  const flags = conditionFlags.list();
  if (flags.length === 0) return say('There are no flags by conditions yet. Make one with: enable-flag NAME --create');
  const rows = flags.map(({ name, origins, state }) => [
    name,
    origins.map((origin) => ORIGINS[origin]).join(', '),
    state,
  ]);
  for (const line of columns(rows)) say(line);
}

async function turn(context: CommandContext, name: string, on: boolean, create: boolean): Promise<void> {
  const { conditionFlags } = context.services();
  const actor = commandActor(on ? 'enable-flag' : 'disable-flag');
  await conditionFlags.load();
  if (conditionFlags.find(name) === undefined) {
    if (!create) {
      const names = conditionFlags.list().map((flag) => flag.name);
      throw new CommandError(`There is no flag “${name}”.${didYouMean(name, names)} Add --create to make it.`);
    }
    await conditionFlags.createFlag({ name, default: on }, actor);
    return context.say(`${name}: ${on ? 'On' : 'Off'} for everyone. (New.)`);
  }
  const { changed, state, standing } = await (on
    ? conditionFlags.enable(name, actor)
    : conditionFlags.disable(name, actor));
  context.say(`${name}: ${state}${changed ? '' : ' (As before.)'}`);
  const wanted = on ? 'on' : 'off';
  if (standing !== wanted)
    context.note(`Other conditions of this flag still count, so that it is not ${wanted} for everyone.`);
}

/** What both commands share. */
function describeTurn(command: Command, context: CommandContext, on: boolean): void {
  const word = on ? 'on' : 'off';
  command
    .summary(`turn a flag by conditions ${word}`)
    .description(
      `Turns the boolean condition ${word} that the database has for a flag, or adds one. Conditions of other kinds, and those of the settings file and of variables, stay as they are. Written to the audit log.`,
    )
    .argument('<name>', 'the name that code asks for')
    .option('--create', 'make the flag if no source knows it')
    .addHelpText('after', `\nExample:\n  ${command.name()} checkout.summary.view`)
    .action((name: string, options: { create?: true }) => turn(context, name, on, options.create === true));
}

/** `enable-flag`, `disable-flag` and `flags`: flags by conditions. Global flags after django-waffle have `flag`. */
export function addConditionFlagCommands(program: Command, context: CommandContext): void {
  describeTurn(program.command('enable-flag'), context, true);
  describeTurn(program.command('disable-flag'), context, false);
  program
    .command('flags')
    .summary('show the flags by conditions')
    .description(
      'Shows the flags of the settings file, of FLAG_ variables and of the database, with their state in words.',
    )
    .option('-l, --list', 'show all of them (what it does anyway)')
    .action(() => list(context));
}
