import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { benchApp, report } from './support';

/** The longest pause of the event loop while something else happens, in milliseconds. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(50);
  delay.enable();
  await work();
  await sleep(20);
  delay.disable();
  return delay.max / 1e6;
}

/** A write while another process holds SQLite's lock: how long everybody else has to wait. */
export async function lockedDatabase(): Promise<void> {
  console.log('\nA locked SQLite database');
  const t = await benchApp('sqlite');
  const sam = await t.as('sam');
  const set = (to: string) => sam.htmxPost('/admin/teams/flag/1/set/', { field: 'everyone', to });
  await set('yes');
  const free = await longestPause(() => set('no'));
  if (t.services.config.database.client !== 'sqlite') throw new Error('this is about SQLite');
  const other = new Database(t.services.config.database.filename);
  other.exec('begin immediate');
  let status = 0;
  const locked = await longestPause(async () => {
    const write = set('yes').then((response) => {
      status = response.status;
    });
    await sleep(2_000);
    other.exec('rollback');
    await write;
  });
  other.close();
  report(
    `longest pause, lock held for 2 s (then answered ${status})`,
    `${locked.toFixed(0)} ms`,
    `${free.toFixed(0)} ms without a lock`,
    'under 50 ms',
  );
  await t.close();
}
