import { getRunVariable } from './run-state';

// Where the set-up found no PostgreSQL or no browser, it has said why; the tests that need it are counted as skipped.
const missing =
  (testDialect === 'postgres' && getRunVariable('FLAGSTAFF_TEST_POSTGRES_MISSING')) ||
  (globalThis.testNeedsBrowser && getRunVariable('FLAGSTAFF_TEST_BROWSER_MISSING'));

if (missing) {
  globalThis.describe = describe.skip as jest.Describe;
  globalThis.it = it.skip;
  globalThis.test = test.skip;
}
