import { type Database, inTransaction, isPostgres } from '../../../src/db';
import { bumpFlags } from '../../../src/teams/operations';
import { columnsOf, tableNames } from '../../support/schema';

/** Ends every context that a page may put it into, asks to be run in each, and would be computed by a template. */
export const CANARY = `"'></script></title></textarea><img src=x onerror=alert(1)>{{7*7}}`;
/** Columns that hold what only the machine writes and reads back: poisoning them breaks the product, not a page. */
const OF_THE_MACHINE =
  /^(auth_session|auth_throttle|auth_token|snapshots_revision|audit_head)\.|^mail_message\.body$|_hash$|\.(id|uuid|seq|kind|form|state|role|theme|scope|permission|provider|integration|feature|payload|facts|key|message_id|claimed_by|language|languages|time_zone|properties|before|after|actor_type|session_epoch)$/;

/** Writes a text into every column that a person, a browser or another service can fill, however it got there. */
export async function poison(db: Database, text: string): Promise<string[]> {
  const poisoned: string[] = [];
  await inTransaction(db, async (trx) => {
    if (isPostgres(trx)) await trx.raw('alter table audit_entry disable trigger user');
    else
      for (const kind of ['update', 'delete', 'replace'])
        await trx.raw(`drop trigger if exists audit_entry_no_${kind}`);
    for (const table of await tableNames(trx)) {
      for (const [column, { type, maxLength }] of Object.entries(await columnsOf(trx, table))) {
        if (!/char|text/.test(type) || OF_THE_MACHINE.test(`${table}.${column}`)) continue;
        const longest = maxLength === null ? text.length : Number(maxLength);
        const rows = (await trx(table).select('*')) as Record<string, unknown>[];
        for (const [index, row] of rows.entries()) {
          // A number in front keeps unique columns unique.
          const value = `${row.id ?? index}${text}`.slice(0, longest);
          const where = 'id' in row ? { id: row.id } : row;
          if (row[column] !== null)
            await trx(table)
              .where(where as Record<string, unknown>)
              .update({ [column]: value });
        }
        if (rows.length > 0) poisoned.push(`${table}.${column}`);
      }
    }
    await bumpFlags(trx);
  });
  return poisoned;
}
