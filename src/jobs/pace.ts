/** How fast a worker goes; all in milliseconds but `atOnce`. */
export interface Pace {
  /** Jobs at the same time in this process. */
  readonly atOnce: number;
  /** How long a claim holds without being moved on: a job whose process died is taken over after that. */
  readonly lease: number;
  /** How often a running job's claim is moved on. */
  readonly heartbeat: number;
  /** How often to look for what other processes added or left behind. */
  readonly look: number;
  /** The pause after a first failed try; it doubles with each further one. */
  readonly pause: number;
  readonly longestPause: number;
  /** How long an orderly stop lets running jobs finish, */
  readonly finish: number;
  /** and how long it then lets them end after their signal was aborted. */
  readonly abort: number;
}

export const PACE: Pace = {
  atOnce: 2,
  lease: 20_000,
  heartbeat: 5_000,
  look: 10_000,
  pause: 2_000,
  longestPause: 300_000,
  finish: 3_000,
  abort: 1_000,
};

/** The pause after that many failed tries, between half and all of the doubled length, so that jobs spread out. */
export function pauseAfter(failures: number, pace: Pick<Pace, 'pause' | 'longestPause'>, random = Math.random): number {
  const longest = Math.min(pace.longestPause, pace.pause * 2 ** Math.min(failures - 1, 30));
  return Math.round(longest * (0.5 + random() / 2));
}

/** Whether the work ends within that many milliseconds. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
