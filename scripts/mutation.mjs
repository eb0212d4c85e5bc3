// Changes the engine's code in many small ways and looks whether its tests notice: `npm run mutation [-- file …]`.
// Files are named as in src/engine, without their ending. See docs/mutation.md.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';

/** At least so many of a hundred changes have to be noticed. */
const TARGET = 90;
const ENGINE = 'src/engine';

const files = readdirSync(ENGINE)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !['index.ts', 'document.ts'].includes(name))
  .map((name) => name.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !files.includes(name));
if (unknown !== undefined) throw new Error(`There is no file ${unknown}; there are ${files.join(', ')}.`);

// Fewer draws for each property: a change is noticed by the first few or hardly at all.
process.env.PROPERTY_RUNS = '40';

const results = await new Stryker({
  mutate: (wanted.length > 0 ? wanted : files).map((name) => `${ENGINE}/${name}.ts`),
  // Only what the engine needs is copied for it, so that nothing else of the project slows the start.
  ignorePatterns: [
    '**',
    `!${ENGINE}/**`,
    '!test/support/engine/**',
    '!conformance/**',
    '!docs/evaluation.md',
    '!package.json',
  ],
  tempDirName: 'node_modules/.cache/mutation',
  testRunner: 'engine',
  plugins: [fileURLToPath(new URL('mutation-runner.mjs', import.meta.url))],
  coverageAnalysis: 'perTest',
  disableTypeChecks: false,
  concurrency: Number(process.env.MUTATION_WORKERS ?? 2),
  timeoutMS: 20_000,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportScoreTable: true },
  thresholds: { high: 95, low: TARGET, break: null },
  allowConsoleColors: false,
}).runMutationTest();

const count = (...states) => results.filter(({ status }) => states.includes(status)).length;
const noticed = count('Killed', 'Timeout');
const all = noticed + count('Survived', 'NoCoverage');
const score = (100 * noticed) / all;
console.log(`${noticed} of ${all} changes were noticed: ${score.toFixed(1)} %, where at least ${TARGET} % must be.`);
if (score < TARGET) process.exitCode = 1;
