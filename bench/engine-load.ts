import { compile, type Document, type Engine } from '../src/engine';
import { documentOf, MIXED, PEOPLE } from './engine-flags';
import { collectGarbage, median, reached, report } from './report';

/** 10,000 flags as text, of all kinds. */
const manyFlags = (): string =>
  JSON.stringify(
    documentOf({
      specs: Array.from({ length: 50 }, (_, turn) =>
        MIXED.map((spec) => ({ ...spec, key: `${spec.key}-${turn}` })),
      ).flat(),
      segments: new Map([['thousand', PEOPLE.map(({ id }) => id)]]),
    }),
  );

interface Loaded {
  readonly engine: Engine;
  readonly ms: number;
}

/** A function of its own, so that nothing but its result is left when it has ended. */
function load(text: string): Loaded {
  const start = performance.now();
  const engine = compile(JSON.parse(text) as Document);
  return { engine, ms: performance.now() - start };
}

const heapUsed = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** How long 10,000 flags take from text to the first possible question, and what they keep of the heap. */
export function engineLoad(): void {
  const text = manyFlags();
  const before = heapUsed();
  let loaded = load(text);
  const kept = (heapUsed() - before) / 2 ** 20;
  const first = loaded.ms;
  const taken: number[] = [];
  for (let turn = 0; turn < 15; turn++) {
    loaded = load(text);
    collectGarbage();
    taken.push(loaded.ms);
  }
  const ms = median(taken);
  report(
    `${loaded.engine.keys.length.toLocaleString('en')} flags read, checked and compiled`,
    `${ms.toFixed(0)} ms`,
    `${(text.length / 2 ** 20).toFixed(1)} MiB of JSON; ${first.toFixed(0)} ms the first time`,
    `within 120 ms: ${reached(ms <= 120)}`,
  );
  report('what they keep', `${kept.toFixed(1)} MiB`, '', `within 20 MiB: ${reached(kept <= 20)}`);
}
