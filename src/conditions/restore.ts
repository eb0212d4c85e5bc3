import { z } from 'zod';
import { readChangesOfRequest } from '../audit';
import { notFound } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { asText } from './describe';
import { type ConditionValues, changingConditions, OBJECT_TYPE, type WriteParts } from './operations';
import { deleteCondition, insertCondition } from './queries';

const Conditions = z.object({
  conditions: z.array(z.object({ condition: z.string(), value: z.string(), required: z.boolean() })),
});

/** How long a change can be taken back by the person who made it. */
const UNDO_MS = 30 * 60 * 1000;

const sameConditions = (a: readonly Required<ConditionValues>[], b: readonly Required<ConditionValues>[]): boolean => {
  const texts = (list: readonly Required<ConditionValues>[]) => JSON.stringify(list.map(asText).sort());
  return texts(a) === texts(b);
};

/**
 * Takes back what one request of this person changed in the conditions of a name, as its audit entry has it; false when
 * somebody changed them since. Throws 404 when there is nothing to take back.
 */
export async function restoreConditions(
  parts: WriteParts,
  actor: Actor,
  name: string,
  requestId: string,
): Promise<boolean> {
  const since = new Date(parts.clock.now().getTime() - UNDO_MS);
  const changes =
    actor.id === null
      ? []
      : await readChangesOfRequest(parts.db, { requestId, objectType: OBJECT_TYPE, actorId: actor.id, since });
  const change = changes.find(({ objectId }) => objectId === name);
  const before = Conditions.safeParse(JSON.parse(change?.before ?? 'null')).data?.conditions;
  const after = Conditions.safeParse(JSON.parse(change?.after ?? 'null')).data?.conditions;
  if (before === undefined || after === undefined) throw notFound('There is nothing to undo here.');
  const { result } = await changingConditions(parts, actor, name, async (trx, now, time) => {
    if (!sameConditions(now, after)) return undefined;
    const wanted = [...before];
    for (const row of now) {
      const at = wanted.findIndex((each) => asText(each) === asText(row));
      if (at >= 0) wanted.splice(at, 1);
      else await deleteCondition(trx, row.id);
    }
    for (const values of wanted) await insertCondition(trx, name, values, time);
    return { message: `Undone: the conditions are ${before.map(asText).join(', ') || 'none'} again.` };
  });
  return result !== undefined;
}
