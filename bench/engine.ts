import { type Context, compile, type Engine } from '../src/engine';
import {
  type Contestant,
  closures,
  contextOf,
  documentOf,
  type Field,
  MIXED,
  PEOPLE,
  SINGLE,
  segments,
} from './engine-flags';
import { sdks } from './engine-sdks';
import { collectGarbage, reached, report } from './report';

const MOMENT = { now: Date.parse('2026-06-01T12:00:00Z') };
/**
 * How long a contestant is asked at a stretch, in milliseconds, and how often each has its turn. What counts is the stretch
 * that a fifth of the others beat: the machine may do other things meanwhile, which only ever slows somebody down.
 */
const STRETCH = 5;
const TURNS = 31;
const FIFTH = 5;
/** How long each is asked before it counts, in milliseconds. */
const WARM_UP = 300;

interface Row {
  readonly what: string;
  /** The flag that is asked for; all 200 mixed ones at once without. */
  readonly key?: string;
  /** At most so many times what closures take, and at least so many times quicker than the quickest SDK. */
  readonly floor: number;
  readonly ahead: number;
}

const ROWS: readonly Row[] = [
  { what: 'plain on or off', key: 'plain', floor: 3, ahead: 2.5 },
  { what: '10 % share by an id of 36 characters', key: 'share', floor: 2, ahead: 3 },
  { what: '5 rules × 2 conditions, the last matches', key: 'rules', floor: 2, ahead: 2 },
  { what: 'the same with versions', key: 'versions', floor: 2, ahead: 10 },
  { what: 'a segment of 1,000 ids', key: 'segment-1000', floor: 2, ahead: 10 },
  { what: 'a segment of 1,000,000 ids', key: 'segment-1000000', floor: 2, ahead: 10 },
  { what: '200 mixed flags at once', floor: 2, ahead: 3 },
];

const ours = (engine: Engine, mixed: Engine): Contestant =>
  ({
    name: 'the engine',
    contextOf,
    one: (key: string, context: Context) => engine.evaluate(key, context, MOMENT).value,
    all: (context: Context) => mixed.evaluateAll(context, MOMENT),
  }) as Contestant;

/** Something to be asked again and again: `count` times, about one person after the other. */
type Ask = (count: number) => unknown;

function asking({ one, all }: Contestant, { key }: Row, contexts: readonly never[]): Ask {
  let at = 0;
  const next = () => contexts[(at = at + 1 === contexts.length ? 0 : at + 1)] as never;
  const answer = key === undefined ? all : (context: never) => one(key, context);
  if (answer === undefined) throw new Error('Whoever takes part answers about many flags, too.');
  if (answer(next()) instanceof Promise)
    return async (count) => {
      for (let i = 0; i < count; i++) await answer(next());
    };
  return (count) => {
    let sink = 0;
    for (let i = 0; i < count; i++) if (answer(next()) === true) sink += 1;
    return sink;
  };
}

async function stretch(ask: Ask, count: number): Promise<number> {
  const start = performance.now();
  const waiting = ask(count);
  if (waiting instanceof Promise) await waiting;
  return performance.now() - start;
}

/** How many questions fill a stretch, found while warming up: until then code may not be as quick as it gets. */
async function countFor(ask: Ask): Promise<number> {
  const end = performance.now() + WARM_UP;
  for (let count = 1; ; ) {
    const taken = await stretch(ask, count);
    if (performance.now() >= end) return Math.max(1, Math.round((count * STRETCH) / taken));
    if (taken < STRETCH) count *= 2;
  }
}

/** Nanoseconds for each question of each contestant, who take turns. */
async function measure(asks: readonly Ask[]): Promise<number[]> {
  const counts: number[] = [];
  for (const ask of asks) counts.push(await countFor(ask));
  const taken: number[][] = asks.map(() => []);
  for (let turn = 0; turn < TURNS; turn++)
    for (const [index, ask] of asks.entries()) {
      const count = counts[index] ?? 1;
      // One whose single question fills several stretches is not asked fifteen times.
      if (count === 1 && turn >= 3) continue;
      taken[index]?.push(((await stretch(ask, count)) / count) * 1e6);
    }
  return taken.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / FIFTH)] ?? Number.NaN);
}

/** Everybody says the same of everybody, or the figures mean nothing. Shares are hashed by each in its own way. */
async function agree(
  contestants: readonly Contestant[],
  [first, ...others]: readonly Contestant[],
  row: Row,
): Promise<void> {
  if (row.key === undefined || first === undefined) return;
  for (const person of PEOPLE.slice(0, 20)) {
    const answers = await Promise.all(
      [first, ...others].map((each) => each.one(row.key ?? '', each.contextOf(person) as never)),
    );
    const wrong = answers.findIndex((answer) => answer !== answers[0]);
    if (wrong >= 0 && row.key !== 'share')
      throw new Error(`${contestants[wrong]?.name} says ${String(answers[wrong])} of ${row.key} for ${person.id}.`);
  }
}

const time = (ns: number): string =>
  ns < 1_000
    ? `${ns.toFixed(ns < 100 ? 1 : 0)} ns`
    : ns < 1e6
      ? `${(ns / 1e3).toFixed(1)} µs`
      : `${(ns / 1e6).toFixed(1)} ms`;
const times = (ratio: number): string => `${ratio < 100 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString('en')}×`;

async function race(field: Field, engine: Engine, mixed: Engine): Promise<void> {
  const contestants = [ours(engine, mixed), closures(field), ...(await sdks(field))];
  const contexts = contestants.map((each) => PEOPLE.map((person) => each.contextOf(person) as never));
  console.log(`  ${''.padEnd(42)}${contestants.map(({ name }) => name.padStart(19)).join('')}`);
  const all = ROWS.map((row) => contestants.map((each, index) => asking(each, row, contexts[index] ?? [])));
  for (const asks of all) for (const ask of asks) await stretch(ask, 3);
  for (const [index, row] of ROWS.entries()) {
    await agree(contestants, contestants, row);
    const [own = 0, floor = 0, ...theirs] = await measure(all[index] ?? []);
    const figures = [time(own), ...[floor, ...theirs].map((ns) => `${time(ns)} ${times(ns / own).padStart(6)}`)];
    const ahead = Math.min(...theirs) / own;
    console.log(`  ${row.what.padEnd(42)}${figures.map((figure) => figure.padStart(19)).join('')}`);
    console.log(
      `  ${''.padEnd(42)}  ${times(own / floor)} the closures, under ${row.floor}×: ${reached(own / floor <= row.floor)}` +
        ` · ${times(ahead)} as quick as the quickest SDK, at least ${row.ahead}×: ${reached(ahead >= row.ahead)}`,
    );
  }
  for (const each of contestants) await each.close?.();
}

/** Bytes that a question allocates. Few enough questions that nothing is collected in between; the least of many tries. */
function bytesOf(engine: Engine, key: string, contexts: readonly Context[]): number {
  const COUNT = 20_000;
  let least = Number.POSITIVE_INFINITY;
  let sink = 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < COUNT; i++)
      if (engine.evaluate(key, contexts[i % 1_000] as Context, MOMENT).variant === 'on') sink += 1;
    const grown = process.memoryUsage().heapUsed - before;
    least = Math.min(least, Math.max(0, grown) / COUNT);
  }
  return sink < 0 ? sink : least;
}

async function explaining(engine: Engine, contexts: readonly Context[]): Promise<void> {
  for (const key of ['rules', 'versions', 'share', 'plain']) {
    let at = 0;
    const ask: Ask = (count) => {
      for (let i = 0; i < count; i++) engine.explain(key, contexts[at++ % 1_000] as Context, MOMENT);
    };
    const [ns = 0] = await measure([ask]);
    report(`explain: ${key}`, time(ns), '', `under 20 µs: ${reached(ns < 20_000)}`);
  }
}

/** The engine beside functions written by hand and beside other SDKs, with the same flags and people. */
export async function engineRace(): Promise<void> {
  console.log('\nThe engine: one question, in one thread; figures of others with how many times as long they take');
  const field: Field = { specs: [...SINGLE, ...MIXED], segments: segments() };
  const engine = compile(documentOf(field));
  const mixed = compile(documentOf({ specs: MIXED, segments: new Map([...field.segments].slice(0, 1)) }));
  await race(field, engine, mixed);
  const contexts = PEOPLE.map(contextOf);
  await explaining(engine, contexts);
  for (const [key, most] of [
    ['plain', 0],
    ['share', 16],
  ] as const) {
    const bytes = bytesOf(engine, key, contexts);
    report(
      `allocated for one decision: ${key}`,
      `${bytes.toFixed(1)} B`,
      '',
      `at most ${most} B: ${reached(bytes <= most + 0.5)}`,
    );
  }
}
