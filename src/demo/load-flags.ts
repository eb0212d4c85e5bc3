import { DEMO_FLAGS, DEMO_MISSING, DEMO_SAMPLES, DEMO_SWITCHES, type DemoFlag, type DemoSetting } from './flags';
import { actorFor, daysBefore, type Load, stamps } from './load';
import { insertIfNew, insertRows } from './queries';

/** Flags, switches and samples with their past. A name that exists already is left as it is. */
export async function loadFlags(load: Load, groups: Map<string, number>): Promise<void> {
  const { trx, now } = load;
  for (const flag of DEMO_FLAGS) await loadFlag(load, flag, groups);
  for (const setting of DEMO_SWITCHES) await loadSetting(load, 'switch', setting);
  for (const setting of DEMO_SAMPLES) await loadSetting(load, 'sample', setting);
  for (const row of DEMO_MISSING) {
    await insertIfNew(trx, 'teams_missing', { ...row, ...stamps(daysBefore(now, 6), daysBefore(now, 0.02)) });
  }
}

async function loadFlag(
  { trx, now, ids, episodes }: Load,
  { name, note, settings, groups: groupNames = [], story }: DemoFlag,
  groups: Map<string, number>,
): Promise<void> {
  const times = story.map(({ daysAgo }) => daysBefore(now, daysAgo));
  const [created = now, last = created] = [times[0], times.at(-1)];
  const flagId = await insertIfNew(trx, 'teams_flag', { name, note, ...settings, ...stamps(created, last) });
  if (flagId === undefined) return;
  await insertRows(
    trx,
    'teams_flag_groups',
    groupNames.map((group) => ({ flag_id: flagId, group_id: groups.get(group) })),
  );
  for (const { daysAgo, by, action, message, before, after } of story) {
    episodes.push({
      at: daysBefore(now, daysAgo),
      actor: actorFor(by, ids.get(by) ?? 0),
      change: {
        action,
        objectType: 'teams.flag',
        objectId: flagId,
        objectLabel: name,
        before,
        after: action === 'add' ? { name, note, ...after } : after,
        message,
      },
    });
  }
}

async function loadSetting(
  { trx, now, ids, episodes }: Load,
  kind: 'switch' | 'sample',
  { name, note, story }: DemoSetting,
): Promise<void> {
  const [first, last] = [story[0], story.at(-1)];
  if (first === undefined || last === undefined) return;
  const dates = stamps(daysBefore(now, first.daysAgo), daysBefore(now, last.daysAgo));
  const id = await insertIfNew(trx, `teams_${kind}`, { name, note, ...last.after, ...dates });
  if (id === undefined) return;
  for (const [index, { daysAgo, message, after }] of story.entries())
    episodes.push({
      at: daysBefore(now, daysAgo),
      actor: actorFor('staff@example.com', ids.get('staff@example.com') ?? 0),
      change: {
        action: index === 0 ? 'add' : 'change',
        objectType: `teams.${kind}`,
        objectId: id,
        objectLabel: name,
        before: story[index - 1]?.after,
        after: index === 0 ? { name, note, ...after } : after,
        message,
      },
    });
}
