// How the test files load modules. Test files and what they share are loaded anew for each, as always with jest; packages by
// Node.js itself, once per worker, and the application's modules once per worker, too; what was compiled for one file serves
// the next. Most test files take less time than loading Express, Knex and the rest for them would.
const { statSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { compileFunction, constants } = require('node:vm');
const Runtime = require('jest-runtime').default;

const PACKAGES = `${path.sep}node_modules${path.sep}`;
const SOURCES = path.resolve(__dirname, '../../../src') + path.sep;
/** They belong to jest, which has one of them per test file. */
const OF_JEST = /^(@jest\/|jest-|expect$|jest$)/;

/** Modules of the application that are loaded, by file, with the time of the file and where its source map is. */
const loaded = new Map();
/** The runtime of the test file that runs. */
let current;
/** What was compiled, by file: its source and the function that runs it. */
const compiled = new Map();
/** What Node.js loads for a name, by the folder that asks. */
const requires = new Map();

/**
 * What jest's test runner keeps of the test that runs, in the place of an `AsyncLocalStorage`: with one of those in use, Node.js
 * follows every promise and callback, a tenth of what the tests take. Tests run one after another, so one value will do; an
 * error that nobody waited for counts for the test that runs when it comes.
 */
class OfRunningTest {
  getStore() {
    return this.store;
  }

  run(store, work) {
    const before = this.store;
    this.store = store;
    return work().finally(() => {
      this.store = before;
    });
  }
}

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

class OneRealmRuntime extends Runtime {
  constructor(...args) {
    super(...args);
    current = this;
    // In watch mode somebody may have changed one, and then any other may have it.
    if ([...loaded].some(([file, { time }]) => changedAt(file) !== time)) loaded.clear();
    for (const [file, { module, map }] of loaded) {
      this.registries.moduleRegistry.set(file, module);
      if (map !== undefined) this.getSourceMaps().set(file, map);
    }
    const { executor } = this;
    executor.compile = (source, filename) => {
      const known = compiled.get(filename);
      if (known?.source === source) return known.run;
      const run = compileFunction(source, executor.injectedModuleParameters, {
        filename,
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
      compiled.set(filename, { source, run });
      return run;
    };
  }

  requireModuleOrMock(from, name) {
    const bare = !name.startsWith('.') && !path.isAbsolute(name);
    if (bare && !from.includes(PACKAGES) && !OF_JEST.test(name)) {
      const folder = path.dirname(from);
      const load = requires.get(folder) ?? createRequire(from);
      requires.set(folder, load);
      return load(name);
    }
    // A module that an earlier test file has loaded may load others only now.
    if (this !== current) return current.requireModuleOrMock(from, name);
    return super.requireModuleOrMock(from, name);
  }

  requireInternalModule(from, name) {
    if (name === 'node:async_hooks' && /[\\/]jest-circus[\\/]/.test(from)) return { AsyncLocalStorage: OfRunningTest };
    return super.requireInternalModule(from, name);
  }

  teardown() {
    const maps = this.getSourceMaps();
    for (const [file, module] of this.registries.moduleRegistry) {
      const isOurs = file.startsWith(SOURCES) && !file.endsWith('.test.ts') && module.loaded;
      if (isOurs && !loaded.has(file)) loaded.set(file, { module, time: changedAt(file), map: maps.get(file) });
    }
    super.teardown();
  }
}

module.exports = OneRealmRuntime;
