import path from 'node:path';
import type { Knex } from 'knex';
import { loadConfig } from './src/config';
import { knexOptions } from './src/db';

/**
 * The database that the server would use in that environment, for Knex's own command line: `npm run knex -- …`.
 * Read only when asked for, because production refuses to do without variables that the others do not need.
 */
function optionsFor(environment: 'development' | 'test' | 'production'): Knex.Config {
  const { database } = loadConfig({ ...process.env, NODE_ENV: environment });
  return {
    ...knexOptions(database),
    seeds: { directory: path.join(__dirname, 'seeds'), loadExtensions: [path.extname(__filename)] },
  };
}

export default {
  get development() {
    return optionsFor('development');
  },
  get test() {
    return optionsFor('test');
  },
  get production() {
    return optionsFor('production');
  },
};
