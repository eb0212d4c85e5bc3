/** @jest-config-loader esbuild-register */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Config } from 'jest';

type Project = Exclude<NonNullable<Config['projects']>[number], string>;

const sources = ['src', 'test', 'e2e'].filter((folder) => existsSync(path.join(__dirname, folder)));

const common: Project = {
  // Packages are loaded once per worker, in the realm that they run in otherwise.
  testEnvironment: '<rootDir>/test/support/one-realm/environment.cjs',
  runtime: '<rootDir>/test/support/one-realm/runtime.cjs',
  roots: sources.map((folder) => `<rootDir>/${folder}`),
  clearMocks: true,
  restoreMocks: true,
  transform: {
    '^.+\\.[mc]?[jt]s$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2023' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** Folders and files whose tests ask no database: they run once, not once on each. */
const pure = [
  'src/egress',
  'src/engine',
  'src/lib',
  'src/model',
  'test/house',
  'src/analytics/events.test.ts',
  'src/auth/password-policy.test.ts',
  'src/auth/passwords.test.ts',
  'src/conditions/ruleset.test.ts',
  'src/conditions/settings.test.ts',
  'src/integrations/cta.test.ts',
  'src/integrations/policy.test.ts',
  'src/integrations/status.test.ts',
  'src/knowledge/terms.test.ts',
  'src/onboarding/steps.test.ts',
  'src/producers/ruleset.test.ts',
  'src/teams/describe.test.ts',
  'src/teams/ruleset.properties.test.ts',
  'src/teams/ruleset.test.ts',
  'src/teams/tags.test.ts',
  'src/web/chart.test.ts',
  'src/web/filters.test.ts',
  'src/web/listen.test.ts',
  'src/web/routes.test.ts',
  'test/documents/producer-flag-types.test.ts',
  'test/support/check-passwords-once.test.ts',
];
const isFile = (place: string): boolean => place.endsWith('.ts');
const withDatabase = ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'];
const notWithDatabase = [...pure, 'test/faults'].map((place) => `<rootDir>/${place}${isFile(place) ? '$' : '/'}`);

/** Runs its test files with the named database behind `createTestDatabase()`. */
const databaseProject = (displayName: string, dialect: 'sqlite' | 'postgres', more: Project): Project => ({
  ...common,
  displayName,
  globals: { testDialect: dialect },
  globalSetup: `<rootDir>/test/support/global-setup-${dialect}.ts`,
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/skip-unavailable.ts'],
  ...more,
});

const browserProject = (displayName: string, dialect: 'sqlite' | 'postgres', testMatch: string[]): Project =>
  databaseProject(displayName, dialect, {
    testMatch,
    globals: { testDialect: dialect, testNeedsBrowser: true },
    globalSetup: `<rootDir>/test/support/global-setup-browser-${dialect}.ts`,
  });

const config: Config = {
  // One more than there are cores, because a worker also waits: for its database, its browser, and what others see within a second.
  maxWorkers: Math.min(4, availableParallelism() + 1),
  testTimeout: 30_000,
  watchman: false,
  testSequencer: '<rootDir>/scripts/test-order.mjs',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: pure.map((place) => `<rootDir>/${place}${isFile(place) ? '' : '/**/*.test.ts'}`),
    },
    databaseProject('sqlite', 'sqlite', { testMatch: withDatabase, testPathIgnorePatterns: notWithDatabase }),
    databaseProject('postgres', 'postgres', { testMatch: withDatabase, testPathIgnorePatterns: notWithDatabase }),
    browserProject('browser', 'sqlite', ['<rootDir>/e2e/**/*.test.ts']),
    browserProject('browser-postgres', 'postgres', ['<rootDir>/e2e/journeys*.test.ts']),
  ],
};

export default config;
