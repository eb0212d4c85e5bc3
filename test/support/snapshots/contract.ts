import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Transaction } from '../../../src/db';
import { Parts } from '../../../src/snapshots/parts';
import type { Ruleset, RulesetSource } from '../../../src/snapshots/port';
import { until } from '../until';

export const SCOPE = 'test';

/** The parts that the tests read: the notes of the switches that they made, in order. */
export function notesParts(): Parts {
  const parts = new Parts();
  parts.add({
    name: 'notes',
    scope: SCOPE,
    initial: [] as string[],
    load: (trx: Transaction) =>
      trx('teams_switch').whereNot({ name: 'producer_flags_enabled' }).orderBy('id').pluck('note'),
    schema: z.array(z.string()),
    build: (notes) => notes,
  });
  return parts;
}

export const notesIn = ({ content }: Ruleset): string[] => content.notes as string[];

/** A source under test, with what is needed to change what it reads. */
export interface Harness {
  readonly source: RulesetSource;
  /** Adds a note, from the process that has the source. */
  write(note: string): Promise<void>;
  /** The same from another process. */
  writeElsewhere(note: string): Promise<void>;
  /** Makes whatever it reads from fail, until it is mended. */
  fail(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

const isWhole = ({ text, checksum, content, revision }: Ruleset): boolean =>
  checksum === createHash('sha256').update(text).digest('hex') &&
  JSON.stringify(JSON.parse(text)) === JSON.stringify(content) &&
  ((content.notes as string[] | undefined)?.length ?? 0) === revision;

/** What every source of rulesets and every wrapper around one has to keep. `keeps`: it gives what was good last. */
export function itIsARulesetSource(make: () => Promise<Harness>, { keeps }: { keeps: boolean }): void {
  let harness: Harness;
  let source: RulesetSource;

  beforeEach(async () => {
    harness = await make();
    source = harness.source;
    await source.start();
  });
  afterEach(() => harness?.close());

  it('gives a scope whole, with its revision and checksum, and tells of every write of this process', async () => {
    const none = await source.load(SCOPE);
    expect([none.scope, none.revision, notesIn(none), isWhole(none)]).toEqual([SCOPE, 0, [], true]);
    const heard = new Set<string>(); // PostgreSQL tells a process of its own writes, too
    const unsubscribe = source.subscribe(({ scope, revision }) => void heard.add(`${scope} ${revision}`));
    await harness.write('one');
    await harness.write('two');
    expect([...heard]).toEqual(expect.arrayContaining([`${SCOPE} 1`, `${SCOPE} 2`]));
    const two = await source.load(SCOPE);
    expect([two.revision, notesIn(two), isWhole(two), two.stale]).toEqual([2, ['one', 'two'], true, undefined]);
    expect(await source.revision(SCOPE)).toBe(2);
    expect((await source.load(SCOPE)).checksum).toBe(two.checksum);
    unsubscribe();
    await harness.write('three');
    expect(heard).not.toContain(`${SCOPE} 3`);
  });

  it('gives what other processes write, and never half of it', async () => {
    await source.load(SCOPE);
    const given: Ruleset[] = [];
    for (const note of ['one', 'two', 'three']) {
      const [, ...loads] = await Promise.all([
        harness.writeElsewhere(note),
        ...Array.from({ length: 5 }, () => source.load(SCOPE)),
      ]);
      given.push(...loads);
    }
    await until('the last revision', async () => (await source.revision(SCOPE)) === 3);
    await until('the last note', async () => notesIn(await source.load(SCOPE)).length === 3);
    expect(given.filter((ruleset) => !isWhole(ruleset))).toEqual([]);
  });

  it('takes every name of a scope, and one that was never written has revision 0', async () => {
    for (const scope of ['__proto__', 'constructor', '../outside', 'environment:7', 'a b/ü']) {
      const ruleset = await source.load(scope);
      expect([ruleset.scope, ruleset.revision, Object.keys(ruleset.content)]).toEqual([scope, 0, []]);
      expect(await source.revision(scope)).toBe(0);
    }
  });

  it(`${keeps ? 'gives what was good last, marked,' : 'rejects'} while what it reads fails, and is well again by itself`, async () => {
    await harness.write('one');
    await source.load(SCOPE);
    await harness.fail();
    if (keeps) {
      await until('what was good last to be marked', async () => (await source.load(SCOPE)).stale !== undefined);
      const { stale, revision, ...kept } = await source.load(SCOPE);
      expect([revision, notesIn({ revision, ...kept })]).toEqual([1, ['one']]);
      expect(stale?.reason).toMatch(/./);
      expect(stale?.since).toBeInstanceOf(Date);
    } else {
      await until('the failure', () =>
        source.load(SCOPE).then(
          () => false,
          () => true,
        ),
      );
    }
    await harness.mend();
    await harness.write('two');
    await until('the note written since', async () => notesIn(await source.load(SCOPE)).includes('two'));
    expect((await source.load(SCOPE)).stale).toBeUndefined();
  });
}
