import type { Logger } from 'pino';
import type { WaffleConfig } from '../config';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import { HttpError } from '../lib/http-error';
import { withTimeLimit } from '../lib/time-limit';
import { localActor } from '../lib/viewer';
import { createFlag } from './operations';
import { findNames } from './queries';
import { type AskedName, recordMissing } from './queries-missing';
import { createSample, createSwitch } from './switches';
import { isName, type Kind } from './types';

/** The most names that are remembered, here and in the table: names made up by strangers must not pile up. */
export const MOST_MISSING = 1_000;

/** How long after a new name, and after one that is written down already, the count is written. */
const NEW_MS = 1_000;
const KNOWN_MS = 30_000;
const LONGEST_PAUSE_MS = 300_000;
const STOP_MS = 2_000;

const ACTOR = localActor('system', 'flag checks');
const NOTE = 'Made by itself when code asked for it.';

interface Parts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly waffle: WaffleConfig;
}

interface Asked extends AskedName {
  written: boolean;
}

/**
 * Names that code asks for and that do not exist. Noting one costs the request nothing; from the background they are
 * written to a list for staff, or created where WAFFLE_CREATE_MISSING_* says so.
 */
export class MissingNames {
  private readonly names = new Map<string, Asked>();
  private readonly creates: Readonly<Record<Kind, boolean>>;
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Number.POSITIVE_INFINITY;
  private running: Promise<void> = Promise.resolve();
  private failures = 0;
  private stopped = false;

  constructor(private readonly parts: Parts) {
    const { createMissingFlags, createMissingSwitches, createMissingSamples } = parts.waffle;
    this.creates = { flag: createMissingFlags, switch: createMissingSwitches, sample: createMissingSamples };
  }

  /** Counts a name. Synchronous and cheap; what cannot be a name, and names beyond the bound, are let go. */
  note(kind: Kind, name: string): void {
    const key = `${kind}:${name}`;
    let asked = this.names.get(key);
    if (asked === undefined) {
      if (this.names.size >= MOST_MISSING || !isName(name)) return;
      asked = { kind, name, asked: 0, written: false };
      this.names.set(key, asked);
    }
    asked.asked += 1;
    this.plan(asked.written ? KNOWN_MS : NEW_MS);
  }

  /** Writes down what was noted so far. Resolves when that is done or has failed; it is tried again later then. */
  flush(): Promise<void> {
    this.running = this.running.then(() => this.write());
    return this.running;
  }

  /** Writes the rest, as far as the database answers soon. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await withTimeLimit(STOP_MS, this.flush()).catch(() => undefined);
  }

  private plan(delay: number): void {
    const pause = this.failures === 0 ? delay : Math.min(LONGEST_PAUSE_MS, NEW_MS * 2 ** Math.min(this.failures, 20));
    const dueAt = performance.now() + pause;
    if (this.stopped || dueAt >= this.dueAt) return;
    this.dueAt = dueAt;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), pause);
    this.timer.unref();
  }

  private async write(): Promise<void> {
    this.dueAt = Number.POSITIVE_INFINITY;
    const due = [...this.names.values()].filter(({ asked }) => asked > 0);
    if (due.length === 0) return;
    const batch = due.map(({ kind, name, asked }) => ({ kind, name, asked }));
    try {
      await this.createMissing(batch.filter(({ kind }) => this.creates[kind]));
      await this.record(batch.filter(({ kind }) => !this.creates[kind]));
      batch.forEach(({ asked }, index) => {
        const name = due[index];
        if (name === undefined) return;
        name.asked -= asked;
        name.written = true;
      });
      this.failures = 0;
    } catch (error) {
      if (this.failures === 0) this.parts.log.warn({ err: error }, 'missing flag names could not be written down yet');
      this.failures += 1;
      this.plan(NEW_MS);
    }
  }

  private async record(names: readonly AskedName[]): Promise<void> {
    const { db, clock } = this.parts;
    await inTransaction(db, async (trx) => {
      const left: AskedName[] = [];
      for (const kind of ['flag', 'switch', 'sample'] as const) {
        const ofKind = names.filter((asked) => asked.kind === kind);
        if (ofKind.length === 0) continue;
        const found = await findNames(
          trx,
          kind,
          ofKind.map(({ name }) => name),
        ); // made since it was asked for
        left.push(...ofKind.filter(({ name }) => !found.has(name)));
      }
      await recordMissing(trx, left, { now: clock.now(), most: MOST_MISSING });
    });
  }

  private async createMissing(names: readonly AskedName[]): Promise<void> {
    const { waffle } = this.parts;
    for (const { kind, name } of names) {
      try {
        if (kind === 'flag')
          await createFlag(this.parts, ACTOR, name, { everyone: waffle.flagDefault, superusers: false, note: NOTE });
        else if (kind === 'switch')
          await createSwitch(this.parts, ACTOR, name, { active: waffle.switchDefault, note: NOTE });
        else await createSample(this.parts, ACTOR, name, { percent: waffle.sampleDefault ? 100 : 0, note: NOTE });
      } catch (error) {
        if (!(error instanceof HttpError && error.status === 409)) throw error; // somebody else was faster: as good
      }
    }
  }
}
