import type { Command } from 'commander';
import { createSwitch, listSwitches, setSwitch } from '../teams';
import { type CommandContext, CommandError, columns, commandActor, didYouMean, usageError } from './context';

const words = (active: boolean): string => (active ? 'on' : 'off');

async function list({ services, say }: CommandContext): Promise<void> {
  const switches = await listSwitches(services().db);
  if (switches.length === 0) return say('There are no switches yet. Make one with: switch NAME on --create');
  for (const line of columns(switches.map(({ name, active }) => [name, words(active)]))) say(line);
}

async function change(context: CommandContext, name: string, active: boolean, create: boolean): Promise<void> {
  const services = context.services();
  const [known] = await listSwitches(services.db, [name]);
  const actor = commandActor('switch');
  if (known === undefined) {
    if (!create) {
      const names = (await listSwitches(services.db)).map((one) => one.name);
      throw new CommandError(`There is no switch “${name}”.${didYouMean(name, names)} Add --create to make it.`);
    }
    await createSwitch(services, actor, name, { active });
    return context.say(`${name}: ${words(active)} (New.)`);
  }
  const before = await setSwitch(services, actor, name, active);
  context.say(
    `${name}: ${words(active)} (${before.active === active ? 'As before.' : `Was: ${words(before.active)}`})`,
  );
}

/** `switch`: shows, makes and sets switches. */
export function addSwitchCommand(program: Command, context: CommandContext): void {
  program
    .command('switch')
    .summary('show, make or set switches')
    .description('Shows, makes or sets switches, each one on or off for the whole site.')
    .argument('[name]', 'the name that code asks for')
    .argument('[state]', 'on or off')
    .option('-l, --list', 'show all switches')
    .option('--create', 'make the switch if it does not exist')
    .action(async (name: string | undefined, state: string | undefined, options: { list?: true; create?: true }) => {
      if (options.list) return list(context);
      if (name === undefined) throw usageError('Name a switch, or show all of them with --list.');
      if (state !== 'on' && state !== 'off') throw usageError(`Say whether “${name}” is to be on or off.`);
      await change(context, name, state === 'on', options.create === true);
    });
}
