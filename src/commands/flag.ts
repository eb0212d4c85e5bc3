import { type Command, InvalidArgumentError } from 'commander';
import { normalizeEmail } from '../auth';
import {
  createFlag,
  describeFlag,
  type Flag,
  type FlagSettings,
  findFlag,
  findGroupIds,
  findUserIds,
  listFlags,
  updateFlag,
} from '../teams';
import { type CommandContext, CommandError, columns, commandActor, didYouMean, usageError } from './context';

interface Options {
  list?: true;
  create?: true;
  keep?: true;
  append?: true;
  everyone?: true;
  deactivate?: true;
  rules?: true;
  percent?: number | 'none';
  superusers?: boolean;
  staff?: boolean;
  authenticated?: boolean;
  rollout?: boolean;
  testing?: boolean;
  group?: string[];
  user?: string[];
}

const collect = (value: string, list: string[] = []): string[] => [...list, value];

function parsePercent(text: string): number | 'none' {
  if (text === 'none') return text;
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('Give a number like 12.5, or none.');
  return Number(text);
}

async function idsOf(
  what: string,
  names: readonly string[] | undefined,
  find: (names: readonly string[]) => Promise<Map<string, number>>,
): Promise<number[] | undefined> {
  if (names === undefined) return undefined;
  const found = await find(names);
  const unknown = names.filter((name) => !found.has(name));
  if (unknown.length > 0) {
    throw new CommandError(
      `There is no ${what} ${unknown.map((name) => `“${name}”`).join(', ')}. Nothing was changed.`,
    );
  }
  return [...found.values()];
}

function everyoneOf({ everyone, deactivate }: Options): boolean | null {
  if (everyone) return true;
  return deactivate ? false : null;
}

/** Only what was asked for. */
function given(options: Options, links: { userIds?: number[]; groupIds?: number[] }): Partial<FlagSettings> {
  const { everyone, deactivate, rules, superusers, staff, authenticated, rollout, testing } = options;
  const percent = options.percent === 'none' ? null : options.percent;
  const settings = { percent, superusers, staff, authenticated, rollout, testing, ...links };
  const named = Object.entries(settings).filter(([, value]) => value !== undefined);
  const answer = everyone || deactivate || rules ? { everyone: everyoneOf(options) } : {};
  return { ...Object.fromEntries(named), ...answer };
}

const RESET: Partial<FlagSettings> = {
  everyone: null,
  percent: null,
  superusers: false,
  staff: false,
  authenticated: false,
  rollout: false,
  testing: false,
};

/** What the flag is to be: as in waffle what was not asked for is reset, unless it is to be kept. */
function wanted(flag: Flag | undefined, options: Options, asked: Partial<FlagSettings>): Partial<FlagSettings> {
  const { keep, append } = options;
  const settings: Partial<FlagSettings> = { ...(keep ? {} : RESET), ...asked };
  if (!keep && !append) return { userIds: [], groupIds: [], ...settings };
  if (append && flag !== undefined) {
    if (asked.userIds) settings.userIds = [...new Set([...flag.userIds, ...asked.userIds])];
    if (asked.groupIds) settings.groupIds = [...new Set([...flag.groups.map(({ id }) => id), ...asked.groupIds])];
  }
  return settings;
}

async function list({ services, say }: CommandContext): Promise<void> {
  const flags = await listFlags(services().db);
  if (flags.length === 0) return say('There are no flags yet. Make one with: flag NAME --create');
  for (const line of columns(flags.map((flag) => [flag.name, describeFlag(flag)]))) say(line);
}

async function change(context: CommandContext, name: string, options: Options): Promise<void> {
  const services = context.services();
  const { db } = services;
  const userIds = await idsOf('person', options.user?.map(normalizeEmail), (emails) => findUserIds(db, emails));
  const groupIds = await idsOf('group', options.group, (names) => findGroupIds(db, names));
  const asked = given(options, { ...(userIds && { userIds }), ...(groupIds && { groupIds }) });
  const actor = commandActor('flag');
  if ((await findFlag(db, name)) === undefined) {
    if (!options.create) {
      const names = (await listFlags(db)).map((flag) => flag.name);
      throw new CommandError(`There is no flag “${name}”.${didYouMean(name, names)} Add --create to make it.`);
    }
    const flag = await createFlag(services, actor, name, wanted(undefined, options, asked));
    return context.say(`${name}: ${describeFlag(flag)} (New.)`);
  }
  const { before, after } = await updateFlag(services, actor, name, (flag) => wanted(flag, options, asked));
  const was = before === after ? 'As before.' : `Was: ${describeFlag(before)}`;
  context.say(`${name}: ${describeFlag(after)} (${was})`);
}

const HELP = `
What is not given is reset to off or empty, as in django-waffle; with --keep it stays as it is. Note and languages always
stay. Every change is written to the audit log.

Examples:
  flag new_checkout --create --staff --percent 25
  flag new_checkout --keep --percent 50
  flag new_checkout --keep --append --user ada@example.com --group Beta
  flag new_checkout --everyone`;

/** `flag`: shows, makes and changes global flags. */
export function addFlagCommand(program: Command, context: CommandContext): void {
  program
    .command('flag')
    .summary('show, make or change global flags')
    .description('Shows, makes or changes global flags.')
    .argument('[name]', 'the name that code asks for')
    .option('-l, --list', 'show all flags in words')
    .option('--create', 'make the flag if it does not exist')
    .option('--everyone', 'on for everyone, whatever else is set')
    .option('--deactivate', 'off for everyone, whatever else is set')
    .option('--rules', 'neither: the other settings decide')
    .option('-p, --percent <percent>', 'on for this share of everyone else, 0 to 99.9, or none', parsePercent)
    .option('--superusers', 'on for superusers')
    .option('--no-superusers', 'not for superusers')
    .option('--staff', 'on for staff')
    .option('--no-staff', 'not for staff')
    .option('--authenticated', 'on for everyone who is signed in')
    .option('--no-authenticated', 'not for everyone who is signed in')
    .option('-g, --group <name>', 'on for the people in this group (repeat it for several)', collect)
    .option('-u, --user <email>', 'on for this person (repeat it for several)', collect)
    .option('-a, --append', 'add groups and people to those that are listed')
    .option('-r, --rollout', 'draw visitors who are outside the share again in their next session')
    .option('--no-rollout', 'keep visitors who are outside the share outside')
    .option('-t, --testing', 'let requests choose for themselves')
    .option('--no-testing', 'do not let requests choose for themselves')
    .option('--keep', 'leave what is not given as it is')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: Options) => {
      const { everyone, deactivate, rules } = options;
      if ([everyone, deactivate, rules].filter(Boolean).length > 1) {
        throw usageError('Choose one of --everyone, --deactivate and --rules.');
      }
      if (options.list) return list(context);
      if (name === undefined) throw usageError('Name a flag, or show all of them with --list.');
      await change(context, name, options);
    });
}
