// `npm test`: installs and builds, checks types, format and lint, then runs jest. Every step that can run does, even when
// an earlier one failed, and the last line is always "N passed, N failed" (", N skipped" only when something was), each
// check counting as one.
// Further arguments go to jest: npm test -- --selectProjects sqlite -- src/teams
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './parent.mjs';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
const scratch = mkdtempSync(path.join(tmpdir(), 'flagstaff-results-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const results = path.join(scratch, 'jest.json');
const notes = path.join(scratch, 'notes');
const started = performance.now();

const script = (file) => [process.execPath, path.join('node_modules', file)];
const checks = [
  { name: 'Types', command: [...script('typescript/bin/tsc'), '--noEmit', '--project', '.'] },
  { name: 'Types of the browser tests', command: [...script('typescript/bin/tsc'), '--noEmit', '--project', 'e2e'] },
  { name: 'Format and lint', command: [...script('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'] },
  { name: 'Promises', command: [...script('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
];

const count = { passed: 0, failed: 0, skipped: 0 };
const summary = [];

/** Installs and builds; false when there are no packages to go on with. */
function setUp() {
  const { status, error } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  count[status === 0 ? 'passed' : 'failed'] += 1;
  if (status !== 0) summary.push(`Failed: installation and build${error ? ` (${error.message})` : ''}`);
  return status === 0 || status === 2;
}

function runCheck({ name, command: [program, ...args] }) {
  const since = performance.now();
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const ok = result.status === 0;
  count[ok ? 'passed' : 'failed'] += 1;
  console.log(`${ok ? 'PASS' : 'FAIL'} ${name} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
  if (ok) return;
  summary.push(`Failed: ${name}`);
  console.log(`${result.error?.message ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`.trimEnd());
}

async function runJest(args) {
  const command = [...script('jest/bin/jest.js').slice(1), '--json', `--outputFile=${results}`, ...args];
  const jest = spawn(process.execPath, command, {
    // With --json jest also prints the result itself; everything people read goes to standard error.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'test', FLAGSTAFF_TEST_NOTES: notes },
  });
  const stop = () => jest.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  endWithParent(stop);
  // The result is written when all tests are over; whoever keeps jest from ending after that left something open.
  const watch = setInterval(() => {
    if (!existsSync(results)) return;
    clearInterval(watch);
    setTimeout(() => {
      count.failed += 1;
      summary.push('Failed: jest did not end by itself; run it with --detectOpenHandles');
      jest.kill('SIGKILL');
    }, 30_000).unref();
  }, 1_000);
  const [status, signal] = await once(jest, 'exit');
  clearInterval(watch);
  const report = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined;
  if (report !== undefined) {
    count.passed += report.numPassedTests;
    count.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
    count.skipped += report.numPendingTests + report.numTodoTests;
    for (const { name, status } of report.testResults) {
      if (status === 'failed') summary.push(`Failed: ${path.relative(process.cwd(), name)}`);
    }
  }
  const counted = report !== undefined && report.numFailedTests + report.numRuntimeErrorTestSuites > 0;
  if (report === undefined || (status !== 0 && !counted)) {
    count.failed += 1;
    summary.push(`Failed: jest ended with ${signal ?? status} and without a result; it says why above`);
  }
}

const noted = (kind) =>
  (existsSync(notes) ? readFileSync(notes, 'utf8') : '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter((entry) => entry.kind === kind)
    .map((entry) => entry.text);

if (setUp()) {
  for (const check of checks) runCheck(check);
  await runJest(process.argv.slice(2));
}

console.log();
for (const line of new Set(summary)) console.log(line);
const used = noted('used');
if (used.length > 0) console.log(`Tested with ${used.join(' and ')}.`);
for (const reason of noted('skipped')) console.log(`Skipped ${reason}`);
console.log(`Took ${((performance.now() - started) / 1000).toFixed(0)} s.`);
const skips = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
console.log(`${count.passed} passed, ${count.failed} failed${skips}`);
process.exitCode = count.failed > 0 ? 1 : 0;
