import type { Logger } from 'pino';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import type { Form } from './form';
import { addCounts, addPeople, type Count, type PersonUse, removeOld } from './queries';
import { type AnswerCounter, type Cell, Tallies } from './tallies';

/** How long what was counted is kept, in days. */
export interface UsageRetention {
  /** Counts by the minute; afterwards there are those by the day. */
  readonly minutes: number;
  /** Counts by the day. */
  readonly days: number;
  /** Rows of who was given a flag. */
  readonly people: number;
}

export interface UsageParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retention: UsageRetention;
  /** Where sampling gets its luck from; a number from 0 to below 1. */
  readonly random?: () => number;
}

/** Four times a minute, and at its end: what is written together belongs to one minute. */
const EVERY_MS = 15_000;
/** So much later, because a timer may come a moment early. */
const LATE_MS = 10;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CLEAN_EVERY_MS = 60 * MINUTE_MS;
const FIRST_CLEAN_MS = 4 * MINUTE_MS;
const STOP_MS = 2_000;
/** Most names between two writes. */
const MOST_NAMES = 10_000;
/** While the database fails, no more than this is kept; what comes then is not counted. */
const MOST_WAITING = 50_000;
const MOST_PEOPLE = 5_000;
/** So many counts are told apart in metrics; a scrape must stay small. */
const MOST_TOTALS = 2_000;

/** A minute as counts have it. */
export const minuteOf = (time: Date): string => time.toISOString().slice(0, 16);
/** A day as counts have it. */
export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

const keyOf = ({ form, name, variant }: Pick<Cell, 'form' | 'name' | 'variant'>): string =>
  `${form} ${name} ${variant}`;

/** What stands for all names beyond those that are told apart. */
const OTHERS = '(others)';

/**
 * Counts what flags answer. Counting is an addition in memory; what was counted is added to the database a few times a
 * minute and at an orderly end. Processes add to the same rows. A database that fails costs nothing but its patience: what
 * was counted waits, and what would fill the memory is let go.
 */
export class Usage {
  private readonly tallies: Tallies;
  private began = new Date(0);
  private waiting = new Map<string, Count>();
  private people: PersonUse[] = [];
  /** All that was counted since the process began, for metrics. */
  private readonly sums = new Map<string, Cell>();
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private cleaner: NodeJS.Timeout | undefined;
  private phase: 'new' | 'running' | 'stopped' = 'new';
  private isFailing = false;
  private isFull = false;

  constructor(private readonly parts: UsageParts) {
    this.tallies = new Tallies(MOST_NAMES, {
      first: () => {
        this.began = parts.clock.now();
      },
      full: () => this.sayFull(),
    });
  }

  /** What a feature counts the answers of its flags with. */
  counter(form: Form): AnswerCounter {
    return this.tallies.of[form];
  }

  /** Notes that somebody was given a flag, or not, for about so many percent of the calls. */
  notePerson(flag: string, userId: number, enabled: boolean, percent: number): void {
    if (this.people.length >= MOST_PEOPLE) return;
    if (percent < 100 && (this.parts.random ?? Math.random)() * 100 >= percent) return;
    this.people.push({ flag, userId, enabled, at: this.parts.clock.now() });
  }

  /** How often each answer was given since the process began; beyond a number of them, all others as one. */
  totals(): readonly Cell[] {
    const sums = new Map([...this.sums].map(([key, cell]) => [key, { ...cell }]));
    addTo(sums, this.tallies.peek());
    return [...sums.values()];
  }

  /** Writes what was counted so far. Resolves when that is done or has failed; it is tried again later then. */
  flush(): Promise<void> {
    this.collect(); // now, so that a write that takes long moves nothing into another minute
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  start(): void {
    if (this.phase !== 'new') return;
    this.phase = 'running';
    this.schedule();
    this.cleaner = setTimeout(() => void this.clean(), FIRST_CLEAN_MS).unref();
  }

  /** Writes what is left, as far as the database answers soon. */
  async stop(): Promise<void> {
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    clearTimeout(this.timer);
    clearTimeout(this.cleaner);
    await withTimeLimit(STOP_MS, this.flush()).catch(() => undefined);
  }

  /** Removes what is older than it is kept; answers how many rows went. */
  cleanUp(): Promise<number> {
    const { db, clock, retention } = this.parts;
    const ago = (days: number) => new Date(clock.now().getTime() - days * DAY_MS);
    return removeOld(db, {
      minute: minuteOf(ago(retention.minutes)),
      day: dayOf(ago(retention.days)),
      people: ago(retention.people),
    });
  }

  /** Writes next when a quarter of a minute begins. `last` is when it was to write before. */
  private schedule(last = 0): void {
    if (this.phase !== 'running') return;
    const now = this.parts.clock.now().getTime();
    const next = now - (now % EVERY_MS) + EVERY_MS;
    // The same again means that the clock stands: then it would write without end.
    const pause = next === last ? EVERY_MS : next - now + LATE_MS;
    this.timer = setTimeout(() => void this.flush().then(() => this.schedule(next)), pause).unref();
  }

  private async clean(): Promise<void> {
    await this.cleanUp().catch((error: unknown) => this.parts.log.warn({ err: error }, 'old usage was not removed'));
    if (this.phase === 'running') this.cleaner = setTimeout(() => void this.clean(), CLEAN_EVERY_MS).unref();
  }

  /** Puts what was counted to what waits for the database. */
  private collect(): void {
    const taken = this.tallies.take();
    addTo(this.sums, taken);
    const minute = minuteOf(this.began);
    for (const { form, name, variant, count } of taken) this.wait({ form, name, variant, minute, evaluations: count });
  }

  private wait(count: Count): void {
    const key = `${keyOf(count)} ${count.minute}`;
    const before = this.waiting.get(key)?.evaluations ?? 0;
    if (before === 0 && this.waiting.size >= MOST_WAITING) this.sayFull();
    else this.waiting.set(key, { ...count, evaluations: before + count.evaluations });
  }

  private async write(): Promise<void> {
    const [counts, people] = [[...this.waiting.values()], this.people];
    if (counts.length === 0 && people.length === 0) return;
    this.waiting = new Map();
    this.people = [];
    try {
      await inTransaction(this.parts.db, async (trx) => {
        await addCounts(trx, counts);
        await addPeople(trx, people);
      });
      this.isFailing = false;
      this.isFull = false;
    } catch (error) {
      for (const count of counts) this.wait(count);
      this.people = [...people, ...this.people].slice(0, MOST_PEOPLE);
      if (!this.isFailing) this.parts.log.warn({ err: error }, 'usage could not be written and is kept for later');
      this.isFailing = true;
    }
  }

  private sayFull(): void {
    if (!this.isFull) this.parts.log.warn('more names of flags are asked for than can be counted');
    this.isFull = true;
  }
}

function addTo(sums: Map<string, Cell>, cells: readonly Cell[]): void {
  for (const cell of cells) {
    const key = keyOf(cell);
    const known = sums.get(key);
    if (known !== undefined) known.count += cell.count;
    else if (sums.size < MOST_TOTALS) sums.set(key, { ...cell });
    else {
      const others = `${cell.form} ${OTHERS} ${cell.variant}`;
      sums.set(others, { ...cell, name: OTHERS, count: (sums.get(others)?.count ?? 0) + cell.count });
    }
  }
}
