import type { Knex } from 'knex';
import { loadConfig } from '../src/config';
import { loadDemoData } from '../src/demo';
import { systemClock } from '../src/lib/clock';

/** The demo data through Knex's own command line; the server and `manage seed` load the same. */
export async function seed(knex: Knex): Promise<void> {
  await loadDemoData({ config: loadConfig(process.env), db: knex, clock: systemClock });
}
