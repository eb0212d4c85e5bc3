import { type Command, InvalidArgumentError } from 'commander';
import { createSample, listSamples, setSample } from '../teams';
import { type CommandContext, CommandError, columns, commandActor, didYouMean, usageError } from './context';

function parsePercent(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('Give a number from 0 to 100, like 12.5.');
  return Number(text);
}

async function list({ services, say }: CommandContext): Promise<void> {
  const samples = await listSamples(services().db);
  if (samples.length === 0) return say('There are no samples yet. Make one with: sample NAME 50 --create');
  for (const line of columns(samples.map(({ name, percent }) => [name, `${percent}%`]))) say(line);
}

async function change(context: CommandContext, name: string, percent: number, create: boolean): Promise<void> {
  const services = context.services();
  const [known] = await listSamples(services.db, [name]);
  const actor = commandActor('sample');
  if (known === undefined) {
    if (!create) {
      const names = (await listSamples(services.db)).map((one) => one.name);
      throw new CommandError(`There is no sample “${name}”.${didYouMean(name, names)} Add --create to make it.`);
    }
    await createSample(services, actor, name, { percent });
    return context.say(`${name}: ${percent}% (New.)`);
  }
  const before = await setSample(services, actor, name, percent);
  context.say(`${name}: ${percent}% (${before.percent === percent ? 'As before.' : `Was: ${before.percent}%`})`);
}

/** `sample`: shows, makes and sets samples. */
export function addSampleCommand(program: Command, context: CommandContext): void {
  program
    .command('sample')
    .summary('show, make or set samples')
    .description('Shows, makes or sets samples, each on for a share of the calls that is drawn anew every time.')
    .argument('[name]', 'the name that code asks for')
    .argument('[percent]', 'share of the calls, 0 to 100', parsePercent)
    .option('-l, --list', 'show all samples')
    .option('--create', 'make the sample if it does not exist')
    .action(async (name: string | undefined, percent: number | undefined, options: { list?: true; create?: true }) => {
      if (options.list) return list(context);
      if (name === undefined) throw usageError('Name a sample, or show all of them with --list.');
      if (percent === undefined) throw usageError(`Say at which percentage “${name}” is to be, from 0 to 100.`);
      await change(context, name, percent, options.create === true);
    });
}
