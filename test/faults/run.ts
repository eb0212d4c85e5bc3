import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { prepareRedis } from '../support/redis';
import { getRunVariable, scratchRoot } from '../support/run-state';
import { Findings } from './findings';
import type { Place } from './place';
import { postgresFaults } from './postgres';
import { startPostgres } from './postgres-server';
import { redisFaults } from './redis';
import { startFaults } from './start';

// `npm run faults [-- postgres redis start] [--seconds=N]`: takes away what the server stands on, under load, and holds what
// it does against what is expected. Ends with 1 when anything is not as expected.
const drills: Record<string, (findings: Findings, place: Place) => Promise<void>> = {
  postgres: postgresFaults,
  redis: redisFaults,
  start: startFaults,
};

const LONGEST_S = 120;

function redisProgram(): string {
  prepareRedis();
  const program = getRunVariable('FLAGSTAFF_TEST_REDIS');
  if (program === undefined) throw new Error(getRunVariable('FLAGSTAFF_TEST_REDIS_MISSING'));
  return program;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const given = args.find((arg) => arg.startsWith('--seconds='))?.slice('--seconds='.length);
  const seconds = given === undefined ? 30 : Number(given);
  if (!(seconds > 0 && seconds <= LONGEST_S)) throw new Error(`--seconds takes a number up to ${LONGEST_S}.`);
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const unknown = wanted.find((name) => !Object.hasOwn(drills, name));
  if (unknown !== undefined)
    throw new Error(`There is no drill ${unknown}; there are ${Object.keys(drills).join(', ')}.`);
  const findings = new Findings((line) => console.log(line));
  for (const [name, drill] of Object.entries(drills)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const home = mkdtempSync(path.join(scratchRoot(), 'flagstaff-faults-'));
    const directory = (part: string) => {
      const full = path.join(home, part);
      mkdirSync(full, { recursive: true });
      return full;
    };
    try {
      await drill(findings, { seconds, directory, redisProgram, makePostgres: () => startPostgres(scratchRoot()) });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }
  console.log(findings.count === 0 ? '\nAll as expected.' : `\n${findings.count} not as expected.`);
  process.exit(findings.count === 0 ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1); // the load of a drill that was cut short goes on otherwise
});
