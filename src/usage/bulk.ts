import { z } from 'zod';
import { readChangesOfRequest } from '../audit';
import { restoreConditions, setArchived, setBoolean } from '../conditions';
import { HttpError } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { setEveryone, setSample, setSwitch } from '../teams';
import type { Entry, InventoryParts } from './inventory';

/** What can be done with many flags at once. */
export const ACTIONS = {
  enable: { label: 'Turn on for everyone', done: 'on for everyone', verb: 'Turn on' },
  disable: { label: 'Turn off for everyone', done: 'off for everyone', verb: 'Turn off' },
  archive: { label: 'Archive', done: 'archived', verb: 'Archive' },
  unarchive: { label: 'Take out of the archive', done: 'out of the archive', verb: 'Take out of the archive' },
} as const;
export type ActionName = keyof typeof ACTIONS;

type Target = Pick<Entry, 'form' | 'name' | 'isArchived' | 'mayChange'>;

/** Why an action does nothing with a flag; undefined when it can be tried. */
export function whyNot(action: ActionName, { form, mayChange }: Target): string | undefined {
  if (form === 'producer') return 'is given to producers one by one';
  if (!mayChange) return 'is not yours to change';
  const isArchiving = action === 'archive' || action === 'unarchive';
  if (isArchiving && form !== 'condition')
    return `is a ${form === 'flag' ? 'global flag' : form}, which is deleted instead of archived`;
  return undefined;
}

/** Does it to one flag; false when it is so already. */
async function act(parts: InventoryParts, actor: Actor, action: ActionName, { form, name }: Target): Promise<boolean> {
  const on = action === 'enable';
  switch (form) {
    case 'condition': {
      const writing = parts.conditionFlags.writing();
      if (action === 'archive' || action === 'unarchive')
        return setArchived(writing, actor, name, action === 'archive');
      return (await setBoolean(writing, actor, name, on)).changed;
    }
    case 'flag': {
      const { before, after } = await setEveryone(parts, actor, name, on);
      return before.everyone !== after.everyone;
    }
    case 'switch':
      return (await setSwitch(parts, actor, name, on)).active !== on;
    case 'sample': {
      const percent = on ? 100 : 0;
      return (await setSample(parts, actor, name, percent)).percent !== percent;
    }
    default:
      return false;
  }
}

export interface Outcome {
  readonly changed: number;
  readonly same: number;
  /** What was refused, by name. */
  readonly refused: readonly { readonly name: string; readonly why: string }[];
}

/** Does it to each flag in turn; one that is refused, or gone meanwhile, keeps no other from it. */
export async function runAction(
  parts: InventoryParts,
  actor: Actor,
  action: ActionName,
  targets: readonly Target[],
): Promise<Outcome> {
  let [changed, same] = [0, 0];
  const refused: { name: string; why: string }[] = [];
  for (const target of targets) {
    const why = whyNot(action, target);
    if (why !== undefined) {
      refused.push({ name: target.name, why });
      continue;
    }
    try {
      if (await act(parts, actor, action, target)) changed += 1;
      else same += 1;
    } catch (error) {
      if (!(error instanceof HttpError) || error.status >= 500) throw error;
      refused.push({ name: target.name, why: error.message });
    }
  }
  return { changed, same, refused };
}

/** How long a change can be taken back by the person who made it. */
const UNDO_MS = 30 * 60 * 1000;

const Values = z.object({
  archived: z.boolean().optional(),
  everyone: z.boolean().nullable().optional(),
  active: z.boolean().optional(),
  percent: z.number().optional(),
});

/** What an audit entry has of the values that actions change. */
const valuesOf = (text: string | null): z.infer<typeof Values> =>
  Values.safeParse(JSON.parse(text ?? 'null')).data ?? {};

/** Takes back what one request of this person did to flags; of what somebody changed since, nothing. */
export async function undoRequest(
  parts: InventoryParts,
  actor: Actor,
  requestId: string,
  may: (form: 'condition' | 'flag' | 'switch' | 'sample') => boolean,
): Promise<{ undone: number; left: number }> {
  if (actor.id === null) return { undone: 0, left: 0 };
  const since = new Date(parts.clock.now().getTime() - UNDO_MS);
  const asked = { requestId, actorId: actor.id, since };
  let [undone, left] = [0, 0];
  const note = (isUndone: boolean) => {
    if (isUndone) undone += 1;
    else left += 1;
  };
  if (may('condition')) {
    const writing = parts.conditionFlags.writing();
    for (const { objectId: name, after } of await readChangesOfRequest(parts.db, {
      ...asked,
      objectType: 'flags.flag',
    })) {
      const { archived } = valuesOf(after);
      note(
        archived === undefined
          ? await restoreConditions(writing, actor, name, requestId)
          : await setArchived(writing, actor, name, !archived),
      );
    }
  }
  for (const form of ['flag', 'switch', 'sample'] as const) {
    if (!may(form)) continue;
    for (const change of await readChangesOfRequest(parts.db, { ...asked, objectType: `teams.${form}` }))
      note(await undoOfTeams(parts, actor, form, change));
  }
  return { undone, left };
}

/** Takes one change back when the flag is still as that change left it. */
async function undoOfTeams(
  parts: InventoryParts,
  actor: Actor,
  form: 'flag' | 'switch' | 'sample',
  { objectId, before, after }: { objectId: string; before: string | null; after: string | null },
): Promise<boolean> {
  const { rows } = parts.flags.snapshot();
  const [was, is] = [valuesOf(before), valuesOf(after)];
  const isIt = ({ id }: { id: number }) => id === Number(objectId);
  if (form === 'flag') {
    const flag = rows.flags.find(isIt);
    if (flag === undefined || was.everyone === undefined || is.everyone !== flag.everyone) return false;
    await setEveryone(parts, actor, flag.name, was.everyone);
  } else if (form === 'switch') {
    const row = rows.switches.find(isIt);
    if (row === undefined || was.active === undefined || is.active !== row.active) return false;
    await setSwitch(parts, actor, row.name, was.active);
  } else {
    const row = rows.samples.find(isIt);
    if (row === undefined || was.percent === undefined || is.percent !== row.percent) return false;
    await setSample(parts, actor, row.name, was.percent);
  }
  return true;
}
