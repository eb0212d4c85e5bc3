/** Which database this jest project runs on; set by jest.config.ts. */
declare var testDialect: 'sqlite' | 'postgres';
/** Set where the tests of this project drive a browser. */
declare var testNeedsBrowser: boolean | undefined;
