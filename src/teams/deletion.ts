import { type Change, recordAudits } from '../audit';
import { inTransaction, type Transaction } from '../db';
import { conflict } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { whyFlagStays } from './declared';
import { auditValues, bumpFlags, type FlagParts, settingsOf } from './operations';
import { deleteRows, listFlags, listSamples, listSwitches, lockNames } from './queries';
import type { Kind } from './types';

/** Names of each kind. */
export type Names = Readonly<Record<Kind, readonly string[]>>;

async function readNamed(trx: Transaction, kind: Kind, names: readonly string[]) {
  if (kind === 'flag') {
    const flags = await listFlags(trx, names);
    return flags.map((flag) => ({ id: flag.id, name: flag.name, values: auditValues(settingsOf(flag)) }));
  }
  const rows = await (kind === 'switch' ? listSwitches(trx, names) : listSamples(trx, names));
  return rows.map(({ id, createdAt: _created, modifiedAt: _modified, ...values }) => ({
    id,
    name: values.name,
    values,
  }));
}

/**
 * Deletes what exists of the names, in one transaction, and returns what it deleted. Throws 409 for a flag that our own
 * code uses; nothing is deleted then.
 */
export async function deleteByName(parts: FlagParts, actor: Actor, names: Names): Promise<Names> {
  const reason = names.flag.map(whyFlagStays).find((why) => why !== undefined);
  if (reason !== undefined) throw conflict(`${reason} Nothing was deleted.`, 'flag_in_use');
  return inTransaction(parts.db, async (trx) => {
    const deleted: Record<Kind, string[]> = { flag: [], switch: [], sample: [] };
    const changes: Change[] = [];
    for (const kind of ['flag', 'switch', 'sample'] as const) {
      await lockNames(trx, kind, names[kind]);
      const rows = await readNamed(trx, kind, names[kind]);
      await deleteRows(
        trx,
        kind,
        rows.map(({ id }) => id),
      );
      for (const { id, name, values } of rows) {
        deleted[kind].push(name);
        const object = { objectType: `teams.${kind}`, objectId: id, objectLabel: name };
        changes.push({ action: 'delete', ...object, before: { name, ...values }, message: `Deleted the ${kind}.` });
      }
    }
    if (changes.length > 0) await bumpFlags(trx);
    await recordAudits(trx, parts.clock, actor, changes);
    return deleted;
  });
}
