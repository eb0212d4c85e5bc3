import fc from 'fast-check';
import { compile, type Document, type JsonValue, LIMITS, validate } from '.';

const documentOf = (value: unknown, type = 'json'): Document => ({
  version: 1,
  flags: [
    {
      key: 'f',
      type: type as 'json',
      variants: { it: value as JsonValue },
      enabled: true,
      off: null,
      rules: [],
      otherwise: { variant: 'it' },
    },
  ],
  segments: [],
});
const served = (value: unknown): unknown => compile(documentOf(value)).evaluate('f', {}, { now: 0 }).value;
const refused = (value: unknown, type?: string): string[] =>
  validate(documentOf(value, type)).map(({ path, message }) => `${path}: ${message}`);
const nested = (depth: number, open = '[', close = ']'): unknown =>
  JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);

const SCALARS = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1.5e-7',
  '9007199254740991',
  '1e21',
  '""',
  '"ü"',
  '"\\ud800"',
  '"__proto__"',
];
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a', 'ü', '', '1'];

/** JSON that bytes stand for: each says what comes next. A quick way to thousands of values. */
function jsonOf(bytes: Uint8Array): string {
  let at = 0;
  const next = (): number => bytes[at++] ?? 0;
  const value = (depth: number): string => {
    const kind = next();
    if (depth > 15 || kind % 3 === 0) return SCALARS[next() % SCALARS.length] as string;
    const parts = Array.from({ length: next() % 4 }, () =>
      kind % 3 === 1 ? value(depth + 1) : `${JSON.stringify(NAMES[next() % NAMES.length])}:${value(depth + 1)}`,
    );
    return kind % 3 === 1 ? `[${parts.join()}]` : `{${parts.join()}}`;
  };
  return value(0);
}

describe('JSON values', () => {
  it('are served as they came, ten thousand of them, names and their order included', () => {
    const pristine = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (bytes) => {
        const text = jsonOf(bytes);
        return JSON.stringify(served(JSON.parse(text))) === JSON.stringify(JSON.parse(text));
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 10_000), seed: 20_261_121 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(pristine);
  });

  it('that mean another thing than was written are refused', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, 1n, Symbol('s'), [undefined]])
      expect(refused(value)).toEqual(['/flags/0/variants/it: needs a value of type json']);
    const rounded = JSON.parse('9007199254740993') as number;
    expect(refused(rounded)).toHaveLength(1);
    expect(refused({ a: [-rounded] })).toHaveLength(1);
    expect(refused(rounded, 'integer')).toHaveLength(1);
    expect(refused([Number.MAX_SAFE_INTEGER, 1e21, -1e300, 0.1])).toEqual([]);
  });

  it('of 20 levels are served, and no deeper ones, at any depth and without a fault', () => {
    expect(served(nested(LIMITS.jsonDepth))).toEqual(nested(20));
    expect(served(nested(LIMITS.jsonDepth, '{"a":', '}'))).toEqual(nested(20, '{"a":', '}'));
    for (const depth of [21, 1_000, 15_000, 50_000]) {
      expect(refused(nested(depth))).toHaveLength(1);
      const condition = nested(depth, '{"not":', '}');
      const [flag] = documentOf(1).flags;
      const document = { ...documentOf(1), flags: [{ ...flag, rules: [{ id: 'r', when: condition, serve: { variant: 'it' } }] }] }; // biome-ignore format: one line
      expect(validate(document)).toEqual([
        { path: `/flags/0/rules/0/when${'/not'.repeat(10)}`, message: 'is nested deeper than 10' },
      ]);
    }
  });

  it('of 64 KB are served, and no larger ones, counted in bytes', () => {
    const text = (length: number) => 'x'.repeat(length - 2);
    expect(refused(text(65_536))).toEqual([]);
    expect(refused(text(65_537))).toEqual(['/flags/0/variants/it: takes more than 65536 bytes']);
    expect(refused(text(65_537), 'string')).toHaveLength(1);
    expect(refused('ü'.repeat(32_767), 'string')).toEqual([]);
    expect(refused('ü'.repeat(32_768), 'string')).toHaveLength(1);
    expect(refused([text(65_534)])).toEqual([]);
    expect(refused([text(65_535)])).toHaveLength(1);
  });
});

describe('a document with 200 hostile names', () => {
  it('changes nothing that all objects share', () => {
    const pristine = Object.getOwnPropertyNames(Object.prototype);
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'isPrototypeOf', '__defineGetter__']; // biome-ignore format: one line
    for (let turn = 0; turn < 200; turn++) {
      const [key, other] = [names[turn % 8] as string, names[Math.floor(turn / 8) % 8] as string];
      const flags = JSON.parse(
        `[{"key":"${key}","type":"json","variants":{"${other}":{"${key}":{"polluted":1}}},"enabled":true,"off":null,"rules":
          [{"id":"${key}","when":{"attribute":"${other}.${key}","is":"exists","value":true},"serve":{"variant":"${other}"}}],
          "otherwise":null,"metadata":{"${other}":true}}]`,
      ) as Document['flags'];
      const segments = [{ key: other, id: 1, include: [key] }];
      const engine = compile({ version: 1, flags, segments });
      const context = JSON.parse(`{"${other}":{"${key}":1}}`) as Record<string, unknown>;
      expect(engine.evaluate(key, context, { now: 0 })).toMatchObject({ variant: other, rule: key });
      expect(engine.evaluate(key, {}, { now: 0 }).reason).toBe('DEFAULT');
      expect(engine.evaluate('absent', context, { now: 0 }).errorCode).toBe('FLAG_NOT_FOUND');
      expect(Object.keys(engine.evaluateAll(context, { now: 0 }))).toEqual([key]);
      expect(engine.explain(key, context, { now: 0 }).decision.variant).toBe(other);
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(pristine);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
