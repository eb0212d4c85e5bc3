import { setTimeout as sleep } from 'node:timers/promises';
import { openWriter, signIn, Watch } from './drill';
import { type Findings, milliseconds } from './findings';
import type { Place } from './place';
import { startServer } from './server';

/** Rows F5 and F5b: PostgreSQL is stopped, or hangs, for a while under load, and comes back. */
export async function postgresFaults(findings: Findings, { seconds, makePostgres, directory }: Place): Promise<void> {
  const postgres = await makePostgres();
  const writer = await openWriter({ DATABASE_URL: postgres.url }, directory('writer'));
  const server = await startServer({ DATABASE_URL: postgres.url, DATA_DIR: directory('server') });
  try {
    for (const { row, leave, come, admin } of [
      { row: 'F5: PostgreSQL is stopped', leave: 'stop', come: 'start', admin: 3_000 },
      { row: 'F5b: PostgreSQL hangs', leave: 'pause', come: 'resume', admin: 5_000 },
    ] as const) {
      findings.heading(`${row} for ${seconds} s (PostgreSQL ${postgres.version})`);
      const watch = new Watch(server, await signIn(server));
      await watch.adminAnswers();
      const from = performance.now();
      await postgres.tell(leave);
      await sleep(seconds * 1_000);
      const meanwhile = watch.readiness();
      await postgres.tell(come);
      const to = performance.now();
      const recovery = await watch.adminAnswers();
      findings.expect('staff work again after', milliseconds(recovery), '5000 ms at most', recovery <= 5_000);
      await writer.set(false);
      const change = await watch.shows(false);
      findings.expect(
        'a change of another process is seen after',
        milliseconds(change),
        '5000 ms at most',
        change <= 5_000,
      );
      await writer.set(true);
      await watch.shows(true);
      const stale = meanwhile.includes('stale');
      const isLong = seconds >= 10; // what hangs is asked for some seconds before it counts as gone
      findings.expect('/readyz meanwhile', meanwhile, 'that flags are stale', stale || !isLong);
      await watch.judge(findings, { admin, from, to });
    }
  } finally {
    await server.stop();
    await writer.close();
    await postgres.end();
  }
}
