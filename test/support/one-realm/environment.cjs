// Where the test files run: in the realm of the process itself, as the application does in production. Jest's own
// environment makes a realm per file, so that each file loads every package anew, and whatever Node.js itself loads throws
// errors that are no `Error` there. What a file leaves behind on the process is taken back when it ends.
const { AsyncLocalStorage } = require('node:async_hooks');
const NodeEnvironment = require('jest-environment-node').TestEnvironment;

const OF_NODE = new Set(Object.getOwnPropertySymbols(globalThis));

/** Every storage that was in use since the test file began. As long as one is, Node.js follows every promise and callback. */
const storages = new Set();
for (const name of ['run', 'enterWith']) {
  const use = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...given) {
    storages.add(this);
    return use.apply(this, given);
  };
}

/** The listeners of the process by event. */
const listeners = () => new Map(process.eventNames().map((event) => [event, process.rawListeners(event)]));

module.exports = class OneRealmEnvironment extends NodeEnvironment {
  constructor(config, context) {
    super(config, context);
    // Jest's test runner keeps itself on the global object under symbols, and would go on where the last file ended.
    for (const key of Object.getOwnPropertySymbols(globalThis)) {
      if (!OF_NODE.has(key)) Reflect.deleteProperty(globalThis, key);
    }
    this.before = {
      globals: Object.getOwnPropertyDescriptors(globalThis),
      environment: { ...process.env },
      exit: process.exit,
      listeners: listeners(),
    };
    this.global = globalThis;
    this.moduleMocker = new this.moduleMocker.constructor(globalThis);
    this.fakeTimers = null;
    this.fakeTimersModern = new this.fakeTimersModern.constructor({ config: config.projectConfig, global: globalThis });
    Object.assign(globalThis, config.projectConfig.globals);
  }

  async setup() {
    await super.setup();
    // As in production. Jest wants a hundred frames of every error, also of those that only say 403 or 404.
    Error.stackTraceLimit = 10;
  }

  async teardown() {
    const { globals, environment, exit, listeners: known } = this.before;
    await super.teardown();
    for (const key of Object.getOwnPropertyNames(globalThis)) {
      if (!Object.hasOwn(globals, key)) Reflect.deleteProperty(globalThis, key);
    }
    Object.defineProperty(globalThis, 'console', globals.console);
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    process.exit = exit;
    for (const storage of storages) storage.disable();
    storages.clear();
    for (const [event, now] of listeners()) {
      for (const listener of now) if (!known.get(event)?.includes(listener)) process.removeListener(event, listener);
    }
  }
};
