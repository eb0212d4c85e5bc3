import type { Database } from '../../src/db';

/** How many statements about accounts, mail and the audit log ran during `work`; what polls in the background is left out. */
export async function countStatements(db: Database, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const listener = ({ sql }: { sql: string }) => {
    if (/\b(auth|mail|audit)_/.test(sql)) count += 1;
  };
  db.on('query', listener);
  await work();
  db.removeListener('query', listener);
  return count;
}
