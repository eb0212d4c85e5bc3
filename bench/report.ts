export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds of each of `runs` runs, after `warmUp` that do not count. */
export async function times(runs: number, work: () => Promise<unknown>, warmUp = 3): Promise<number[]> {
  const taken: number[] = [];
  for (let run = -warmUp; run < runs; run++) {
    const start = performance.now();
    await work();
    if (run >= 0) taken.push(performance.now() - start);
  }
  return taken;
}

/** One line of the result: what was measured, the figure, what it is held against, and the target. */
export function report(what: string, figure: string, against: string, target: string): void {
  console.log(`  ${what.padEnd(58)} ${figure.padStart(12)}   ${against.padEnd(34)} ${target}`);
}

/** Whether a target was, in words that stand out. */
export const reached = (is: boolean): string => (is ? 'reached' : 'NOT REACHED');

/** Collects all garbage, where the process was started with --expose-gc; a figure of memory means nothing without. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('Start node with --expose-gc.');
  globalThis.gc();
}
