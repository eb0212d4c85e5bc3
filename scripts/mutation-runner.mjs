// Runs the engine's tests for Stryker within one process: a change is switched on, the quickest tests go first, and the first
// that fails ends it. So a change takes milliseconds, where starting jest for each of thousands would take hours.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { transformSync } from '@swc/core';
import { expect } from 'expect';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const compiled = new Map();
require.extensions['.ts'] = (module, file) => {
  if (!compiled.has(file)) {
    const source = readFileSync(file, 'utf8');
    const jsc = { parser: { syntax: 'typescript' }, target: 'es2023' };
    compiled.set(file, transformSync(source, { swcrc: false, jsc, module: { type: 'commonjs' }, filename: file }).code);
  }
  module._compile(compiled.get(file), file);
};

/** What the code under test looks at to know which change is on. */
const switches = () => (globalThis.__stryker__ ??= {});

/** The tests of all files, by names. What takes a million draws is left to the ordinary run. */
function collect() {
  const tests = new Map();
  const names = [];
  const add = (name, run) => {
    const id = [...names, name].join(' › ');
    if (!/million/.test(id)) tests.set(tests.has(id) ? `${id} (${tests.size})` : id, { run, took: 0 });
  };
  const it = (name, run) => add(name, run);
  it.each = (rows) => (name, run) => {
    for (const [index, row] of rows.entries())
      add(`${name} #${index}`, () => run(...(Array.isArray(row) ? row : [row])));
  };
  const describe = (name, body) => {
    names.push(name);
    body();
    names.pop();
  };
  Object.assign(globalThis, { describe, it, expect });
  const folder = path.join(process.cwd(), 'src/engine');
  for (const file of readdirSync(folder)) if (file.endsWith('.test.ts')) require(path.join(folder, file));
  return tests;
}

/** Forgets everything of the project that is loaded, so that a change in what runs at the start is seen. */
function forget() {
  for (const [file, module] of Object.entries(require.cache)) {
    if (file.includes('node_modules/re2js') || !file.endsWith('.ts')) continue;
    delete require.cache[file];
    module.parent?.children.splice(0); // or what loaded it would keep it for ever
  }
}

async function runOne(id, test) {
  const start = performance.now();
  try {
    await test.run();
    return { id, name: id, status: TestStatus.Success, timeSpentMs: performance.now() - start };
  } catch (error) {
    const failureMessage = String(error?.message ?? error).slice(0, 300);
    return { id, name: id, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - start };
  }
}

class Runner {
  tests = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun({ coverageAnalysis }) {
    const on = switches();
    if (coverageAnalysis !== 'off') on.mutantCoverage = { static: {}, perTest: {} };
    on.currentTestId = undefined;
    this.tests = collect();
    const results = [];
    for (const [id, test] of this.tests) {
      on.currentTestId = id;
      const result = await runOne(id, test);
      test.took = result.timeSpentMs;
      results.push(result);
    }
    on.currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: on.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation, disableBail }) {
    const on = switches();
    on.mutantCoverage = undefined;
    on.hitLimit = hitLimit;
    on.hitCount = hitLimit === undefined ? undefined : 0;
    const took = new Map([...this.tests].map(([id, test]) => [id, test.took]));
    const isStatic = mutantActivation === 'static';
    try {
      // Anew each time: what the change before has left in what the engine keeps would fail tests, or let them pass.
      on.activeMutant = isStatic ? activeMutant.id : undefined;
      forget();
      this.tests = collect();
    } catch (error) {
      const failed = {
        id: 'loading',
        name: 'loading',
        status: TestStatus.Failed,
        failureMessage: String(error),
        timeSpentMs: 1,
      };
      return toMutantRunResult({ status: DryRunStatus.Complete, tests: [failed] });
    }
    for (const [id, test] of this.tests) test.took = took.get(id) ?? test.took;
    on.activeMutant = activeMutant.id;
    const wanted = [...this.tests].filter(([id]) => testFilter === undefined || testFilter.includes(id));
    const results = [];
    for (const [id, test] of wanted.sort(([, a], [, b]) => a.took - b.took)) {
      const result = await runOne(id, test);
      results.push(result);
      const reached = determineHitLimitReached(on.hitCount, on.hitLimit);
      if (reached) return toMutantRunResult(reached);
      if (result.status === TestStatus.Failed && !disableBail) break;
    }
    on.activeMutant = undefined;
    return toMutantRunResult({ status: DryRunStatus.Complete, tests: results });
  }
}

const createRunner = () => new Runner();
createRunner.inject = [];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'engine', createRunner)];
