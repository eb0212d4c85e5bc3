import { DEMO_FLAGS, DEMO_MISSING, DEMO_SAMPLES, DEMO_SWITCHES, type DemoFlag } from './flags';
import { actorFor, daysBefore, type Load, stamps } from './load';
import { insertIfNew, insertRows } from './queries';

/** Flags, switches and samples with their past. A name that exists already is left as it is. */
export async function loadFlags(load: Load, groups: Map<string, number>): Promise<void> {
  const { trx, now } = load;
  for (const flag of DEMO_FLAGS) await loadFlag(load, flag, groups);
  for (const [index, row] of DEMO_SWITCHES.entries()) {
    await insertIfNew(trx, 'teams_switch', { ...row, ...stamps(daysBefore(now, 80 - index * 20)) });
  }
  for (const [index, row] of DEMO_SAMPLES.entries()) {
    await insertIfNew(trx, 'teams_sample', { ...row, ...stamps(daysBefore(now, 48 - index * 30)) });
  }
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
