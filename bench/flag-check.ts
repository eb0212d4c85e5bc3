import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Request } from 'express';
import { Bench } from 'tinybench';
import { projectRoot } from '../src/lib/root';
import { report } from './support';

/** A module as `npm start` runs it: bindings between modules cost more in what the benchmarks are loaded by. */
const built = <T>(name: string): T => require(path.join(projectRoot, 'dist', 'src', name)) as T;

/** One check of a flag in process, held against a look-up in a Map in the same run. */
export async function flagCheck(): Promise<void> {
  console.log('\nA flag check in process');
  const { createApp } = built<typeof import('../src/app')>('app');
  const { loadConfig } = built<typeof import('../src/config')>('config');
  const { inTransaction, migrateLatest } = built<typeof import('../src/db')>('db');
  const { createServices } = built<typeof import('../src/services')>('services');
  const { bumpFlags, flagIsActive } = built<typeof import('../src/teams')>('teams');
  const folder = mkdtempSync(path.join(tmpdir(), 'flagstaff-bench-'));
  const environment = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATABASE_URL: `sqlite:${path.join(folder, 'flags.sqlite3')}`,
  };
  const services = createServices(loadConfig(environment, { dataDir: folder }));
  const { db, clock } = services;
  await migrateLatest(db);
  const stamps = { created_at: clock.now().toISOString(), modified_at: clock.now().toISOString() };
  const rows = Array.from({ length: 1_000 }, (_, index) => ({
    name: `flag_${index}`,
    staff: index % 2 === 0,
    percent: index % 99,
    superusers: false,
    ...stamps,
  }));
  await db.batchInsert('teams_flag', rows, 100);
  await inTransaction(db, bumpFlags);
  await services.start();
  const app = createApp(services);
  const user = {
    id: 7,
    isStaff: false,
    isSuperuser: false,
    isActive: true,
    groups: [],
    permissions: new Set<string>(),
    language: 'en',
  };
  const get = () => undefined; // made once: what a request costs to make is not what a check costs
  const request = (): Request => ({ app, headers: {}, query: {}, user, get, res: app.response }) as unknown as Request;
  const plain = new Map(rows.map((row) => [row.name, row]));
  const bench = new Bench({ time: 400, warmupTime: 100 });
  const same = request();
  let at = 0;
  const name = () => `flag_${at++ % 1_000}`;
  const names = Array.from({ length: 1_000 }, name);
  let sink = false;
  bench
    .add('map', () => {
      sink = plain.has(names[at++ % 1_000] ?? '') !== sink;
    })
    .add('again in one request', () => {
      sink = flagIsActive(same, names[at++ % 1_000] ?? '', { readOnly: true }) !== sink;
    })
    .add('first in its request', () => {
      sink = flagIsActive(request(), names[at++ % 1_000] ?? '', { readOnly: true }) !== sink;
    });
  await bench.run();
  const nanoseconds = (task: string) =>
    (bench.getTask(task)?.result as { latency?: { mean: number } } | undefined)?.latency?.mean ?? Number.NaN;
  const base = nanoseconds('map');
  for (const task of ['again in one request', 'first in its request']) {
    const mean = nanoseconds(task);
    report(task, `${(mean * 1e6).toFixed(0)} ns`, `${(mean / base).toFixed(1)} × a Map look-up`, 'under 1,000 ns');
  }
  await services.stop();
  rmSync(folder, { recursive: true });
}
