// How the test files load modules: our own anew for each file, as always with jest, but packages by Node.js itself, once
// per worker, and what was compiled for one file serves the next. Most test files take less time than loading Express,
// Knex and the rest for them would.
const { createRequire } = require('node:module');
const path = require('node:path');
const { compileFunction, constants } = require('node:vm');
const Runtime = require('jest-runtime').default;

const PACKAGES = `${path.sep}node_modules${path.sep}`;
/** They belong to jest, which has one of them per test file. */
const OF_JEST = /^(@jest\/|jest-|expect$|jest$)/;

/** What was compiled, by file: its source and the function that runs it. */
const compiled = new Map();
/** What Node.js loads for a name, by the folder that asks. */
const requires = new Map();

class OneRealmRuntime extends Runtime {
  constructor(...args) {
    super(...args);
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
    return super.requireModuleOrMock(from, name);
  }
}

module.exports = OneRealmRuntime;
