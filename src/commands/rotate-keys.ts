import type { Command } from 'commander';
import { inTransaction } from '../db';
import { sealedColumns as sealedByIntegrations } from '../integrations';
import { isSealedByFirst, reseal, type SealedColumn } from '../lib/seal';
import { sealedColumns as sealedByMail } from '../mail';
import { formatCount } from '../web/filters';
import { type CommandContext, note } from './context';
import { readSealed, replaceSealed } from './queries-sealed';

/** Everything that is kept sealed in the database. */
export const SEALED: readonly SealedColumn[] = [...sealedByIntegrations, ...sealedByMail];

const BATCH = 200;

interface Count {
  renewed: number;
  /** Sealed with the first key before. */
  kept: number;
  unreadable: number;
}

/** Seals one column anew, batch by batch; a batch is kept as a whole, so that a run that was cut short goes on there. */
async function rotate(
  { db, config }: Pick<ReturnType<CommandContext['services']>, 'db' | 'config'>,
  column: SealedColumn,
) {
  const keys = config.encryptionKeys;
  const count: Count = { renewed: 0, kept: 0, unreadable: 0 };
  for (let after = 0; ; ) {
    const rows = await readSealed(db, column, after, BATCH);
    const changes = rows.flatMap(({ id, envelope, placed }) => {
      if (isSealedByFirst(keys, envelope)) {
        count.kept += 1;
        return [];
      }
      const sealed = reseal(keys, column.place(placed), envelope);
      if (sealed === undefined) count.unreadable += 1;
      return sealed === undefined ? [] : [{ id, from: envelope, to: sealed }];
    });
    // What was written anew or removed since it was read is left: whoever wrote it used the first key.
    count.renewed += await inTransaction(db, (trx) => replaceSealed(trx, column, changes));
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return count;
    after = last.id;
  }
}

/** `rotate-keys`: seals everything with the first of the keys, so that the others can be removed. */
export function addRotateKeysCommand(program: Command, context: CommandContext): void {
  program
    .command('rotate-keys')
    .summary('encrypt what is stored with the first of the keys in ENCRYPTION_KEY')
    .description(
      'Encrypts tokens and waiting mail anew with the first key in ENCRYPTION_KEY, while the server runs. It can be stopped ' +
        'and started again. Ends with exit code 1 when something cannot be read with any of the keys.',
    )
    .action(async () => {
      const services = context.services();
      const total: Count = { renewed: 0, kept: 0, unreadable: 0 };
      for (const column of SEALED) {
        const count = await rotate(services, column);
        const name = `${column.table}.${column.column}`;
        if (count.renewed > 0) context.say(`${name}: ${formatCount(count.renewed, 'value')} encrypted anew.`);
        if (count.unreadable > 0) {
          context.note(`${name}: ${formatCount(count.unreadable, 'value')} cannot be read with any of the keys; left.`);
        }
        total.renewed += count.renewed;
        total.kept += count.kept;
        total.unreadable += count.unreadable;
      }
      const done = `Encrypted ${formatCount(total.renewed, 'value')} anew`;
      await note(services, 'rotate-keys', {
        action: 'rotate_keys',
        objectType: 'db.database',
        objectId: 'encryption',
        objectLabel: 'Encryption keys',
        after: { ...total },
        message: `${done} with the first key.`,
      });
      context.say(`${done}; ${formatCount(total.kept, 'value')} had the first key already.`);
      if (total.unreadable > 0) return context.failWith(1);
      context.say('Nothing needs the other keys in ENCRYPTION_KEY any more.');
    });
}
