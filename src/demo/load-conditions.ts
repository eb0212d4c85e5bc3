import { toDbTime } from '../db';
import { BETA_TESTERS, type DemoConditionFlag, demoConditionFlags, TRACKED } from './conditions';
import { actorFor, daysBefore, type Load, momentBetween, stamps } from './load';
import type { LoadedOrganization, Member } from './load-people';
import { insertRow, insertRows } from './queries';
import { randomNumbers } from './random';

/** Flags by conditions with their past, the group that one of them is for, and who was given it. */
export async function loadConditions(load: Load, organizations: readonly LoadedOrganization[]): Promise<void> {
  const people = organizations.flatMap(({ members }) => members);
  const testers = await loadTesters(load, people);
  const flags = demoConditionFlags(load.now);
  await insertFlags(load, flags);
  await loadGiven(load, people, testers);
}

/** Every fifth person, who tries what is new. */
async function loadTesters({ trx, now }: Load, people: readonly Member[]): Promise<ReadonlySet<number>> {
  const id = await insertRow(trx, 'auth_group', { name: BETA_TESTERS, ...stamps(daysBefore(now, 20)) });
  const testers = people.filter(({ email }, index) => index % 5 === 2 && email !== TRACKED.signIn);
  await insertRows(
    trx,
    'auth_user_groups',
    testers.map(({ userId }) => ({ user_id: userId, group_id: id })),
  );
  return new Set(testers.map(({ userId }) => userId));
}

async function insertFlags({ trx, now, ids, episodes }: Load, flags: readonly DemoConditionFlag[]): Promise<void> {
  const spanOf = ({ story }: DemoConditionFlag) =>
    [daysBefore(now, story[0]?.daysAgo ?? 0), daysBefore(now, story.at(-1)?.daysAgo ?? 0)] as const;
  await insertRows(
    trx,
    'flags_flaginfo',
    flags.map((flag) => ({
      name: flag.name,
      description: flag.description,
      archived_at: flag.archivedDaysAgo === undefined ? null : toDbTime(daysBefore(now, flag.archivedDaysAgo)),
      track_usage: flag.tracked !== undefined,
      sample_rate: flag.tracked ?? 100,
      ...stamps(...spanOf(flag)),
    })),
  );
  await insertRows(
    trx,
    'flags_flagstate',
    flags.flatMap((flag) =>
      flag.conditions.map(({ condition, value, required = false }) => ({
        name: flag.name,
        condition,
        value,
        required,
        ...stamps(...spanOf(flag)),
      })),
    ),
  );
  for (const { name, description, story } of flags)
    for (const [index, { daysAgo, by, message }] of story.entries())
      episodes.push({
        at: new Date(daysBefore(now, daysAgo).getTime() - (story.length - 1 - index) * 60_000),
        actor: actorFor(by, ids.get(by) ?? 0),
        change: {
          action: index === 0 ? 'add' : 'change',
          objectType: 'flags.flag',
          objectId: name,
          objectLabel: name,
          after: index === 0 ? { name, description } : {},
          message,
        },
      });
}

/** How many rows of who was given a flag there are. */
const ROWS = 260;
/** Since when the person who is named in a condition has it. */
const NAMED_DAYS = 5;

/** Who was given the flag that keeps rows, and who was not: as its conditions have it. */
async function loadGiven({ trx, now }: Load, people: readonly Member[], testers: ReadonlySet<number>): Promise<void> {
  const random = randomNumbers(31);
  const from = daysBefore(now, TRACKED.daysAgo);
  const named = daysBefore(now, NAMED_DAYS);
  const rows = Array.from({ length: ROWS }, () => {
    const { userId, email, since } = people[Math.floor(random() * people.length)] as Member;
    const at = momentBetween(from, now, random() ** 0.8);
    const enabled = testers.has(userId) || (email === TRACKED.signIn && at > named);
    return { since, row: { flag: TRACKED.name, user_id: userId, enabled, at: toDbTime(at) }, at };
  });
  await insertRows(
    trx,
    'flags_featureflagusage',
    rows.filter(({ since, at }) => since < at).map(({ row }) => row),
  );
}
