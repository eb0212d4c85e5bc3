import { type Database, isPostgres } from '../../../src/db';

/** From now on nothing can be written into the audit log. */
export async function breakAudit(db: Database): Promise<void> {
  if (!isPostgres(db)) {
    await db.raw(
      `create trigger broken before insert on audit_entry begin select raise(abort, 'the log is full'); end`,
    );
    return;
  }
  await db.raw(
    `create function broken() returns trigger language plpgsql as $$ begin raise exception 'the log is full'; end $$`,
  );
  await db.raw('create trigger broken before insert on audit_entry for each row execute function broken()');
}
