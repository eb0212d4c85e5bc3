import type { Request } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import type { Snapshot, Snapshots } from '../snapshots';
import { type AnswerCounter, ERROR, MISSING, type Usage } from '../usage';
import { ANY_TIME, answerFor, type Decision, DRAWING, READING, type Remembered } from './answer';
import { Content, loadContent } from './content';
import { factsWithoutRequest, type Person, RequestFacts } from './facts';
import { MissingNames } from './missing';
import { SCOPE } from './operations';
import { EMPTY_SNAPSHOT, type TeamsSnapshot, toSnapshot } from './snapshot';
import type { Kind } from './types';

export interface AskOptions {
  /** Ask without drawing a visitor and without setting a cookie; a visitor who was not drawn yet gets "off". */
  readOnly?: boolean;
}

/** What one request was told, so that a page never says two things about one flag: it sees one snapshot all along. */
interface Answers {
  readonly user: unknown;
  readonly facts: RequestFacts;
  readonly snapshot: TeamsSnapshot;
  decided: Map<string, Decision> | undefined;
  /** Answers to those who only read: nothing was drawn or remembered for them yet. */
  read: Map<string, Decision> | undefined;
}

const ANSWERS = Symbol('flag answers');
const NOTHING_KNOWN = Object.freeze({});

interface Parts {
  readonly config: Pick<Config, 'waffle' | 'baseUrl'>;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly snapshots: Snapshots;
  readonly usage: Usage;
  /** Where samples get their luck from; a number from 0 to below 1. */
  readonly random?: () => number;
}

/**
 * Global flags, switches and samples, answered from memory: asking costs no I/O, never waits and never throws. A name that
 * does not exist gets the default of the configuration and is noted for staff.
 */
export class Flags {
  readonly missing: MissingNames;
  private readonly source: Snapshot<TeamsSnapshot>;
  private readonly waffle: Config['waffle'];
  private readonly https: boolean;
  private readonly log: Logger;
  private readonly random: () => number;
  private readonly defaults: Readonly<Record<Kind, boolean>>;
  private readonly answers: Readonly<Record<Kind, AnswerCounter>>;
  private overriding: readonly (readonly [string, boolean])[] = [];
  private overrides: ReadonlyMap<string, boolean> | undefined;
  private overridden = 0;
  private readonly listeners: (() => void)[] = [];
  private hasFailed = false;

  constructor({ config, db, clock, log, snapshots, usage, random = Math.random }: Parts) {
    const { waffle } = config;
    this.waffle = waffle;
    this.https = config.baseUrl.startsWith('https://');
    this.log = log;
    this.random = random;
    this.answers = {
      flag: usage.counter('flag'),
      switch: usage.counter('switch'),
      sample: usage.counter('sample'),
    };
    this.defaults = { flag: waffle.flagDefault, switch: waffle.switchDefault, sample: waffle.sampleDefault };
    this.missing = new MissingNames({ db, clock, log, waffle });
    this.source = snapshots.part({
      name: 'teams',
      scope: SCOPE,
      initial: EMPTY_SNAPSHOT,
      load: loadContent,
      schema: Content,
      build: (everything) => toSnapshot(everything, { override: waffle.override }),
    });
    this.source.subscribe(() => this.tellListeners());
  }

  /** Whether a flag is on for the person, or the visitor, behind a request. */
  flagIsActive(req: Request, name: string, options?: AskOptions): boolean {
    return this.decideFlag(req, name, options).active;
  }

  /** The same with what decided it. A fault counts as off: a flag may guard what is not ready to be seen. */
  decideFlag(req: Request, name: string, { readOnly = false }: AskOptions = {}): Decision {
    try {
      const answers = this.answersOf(req);
      const known = answers.decided?.get(name) ?? (readOnly ? answers.read?.get(name) : undefined);
      if (known !== undefined) return known;
      const decision = this.freshDecision(answers, name, readOnly);
      if (readOnly) {
        answers.read ??= new Map();
        answers.read.set(name, decision);
      } else {
        answers.decided ??= new Map();
        answers.decided.set(name, decision);
      }
      if (decision.remember !== undefined) this.remember(req, decision.remember);
      return decision;
    } catch (error) {
      this.answers.flag.count(name, ERROR);
      this.sayOnce(error, name);
      return { active: false, gate: 'missing' };
    }
  }

  /** Whether a flag is on for somebody outside of a request, like in a job; undefined asks for nobody in particular. */
  flagIsActiveFor(person: Person | undefined, name: string): boolean {
    const overridden = this.overrides?.get(`flag:${name}`);
    if (overridden !== undefined) return overridden;
    const { flags, asked } = this.source.current();
    const flag = asked.get(name);
    if (flag === undefined) return this.fallback('flag', name);
    try {
      return this.counted('flag', name, answerFor(flags.engine, flag, factsWithoutRequest(person), READING).active);
    } catch (error) {
      this.answers.flag.count(name, ERROR);
      this.sayOnce(error, name);
      return false;
    }
  }

  /** Whether a switch is on; one that is not there, or was never read, is as `otherwise` says, else as configured. */
  switchIsActive(name: string, otherwise?: boolean): boolean {
    const overridden = this.overrides?.get(`switch:${name}`);
    if (overridden !== undefined) return overridden;
    const { value } = this.source.current().switches.engine.evaluate(name, NOTHING_KNOWN, ANY_TIME);
    if (typeof value === 'boolean') return this.counted('switch', name, value);
    return otherwise ?? this.fallback('switch', name);
  }

  /** Whether this call is among the sample's share; drawn anew each time. */
  sampleIsActive(name: string): boolean {
    const overridden = this.overrides?.get(`sample:${name}`);
    if (overridden !== undefined) return overridden;
    const { value } = this.source.current().samples.engine.evaluate(name, { draw: this.random() * 100 }, ANY_TIME);
    return typeof value === 'boolean' ? this.counted('sample', name, value) : this.fallback('sample', name);
  }

  /** Everything as it is in memory now. */
  snapshot(): TeamsSnapshot {
    return this.source.current();
  }

  /** A text that is another one whenever what is in memory, or what overrides it, was replaced. */
  generation(): string {
    return `${this.source.loads}.${this.overridden}`;
  }

  /** Tells whenever what is in memory, or what overrides it, was replaced. A listener must not throw. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Answers a name with `value` until the function that is returned is called. For tests. */
  override(kind: Kind, name: string, value: boolean): () => void {
    const own = [`${kind}:${name}`, value] as const;
    const apply = (list: readonly (readonly [string, boolean])[]) => {
      this.overridden += 1;
      this.overriding = list;
      this.overrides = list.length === 0 ? undefined : new Map(list); // of two for one name the later counts
      this.tellListeners();
    };
    apply([...this.overriding, own]);
    return () => apply(this.overriding.filter((each) => each !== own));
  }

  /** Writes down the missing names that were noted last. */
  stop(): Promise<void> {
    return this.missing.stop();
  }

  private tellListeners(): void {
    for (const listener of this.listeners) listener();
  }

  private answersOf(req: Request): Answers {
    const carrier = req as Request & { [ANSWERS]?: Answers };
    const known = carrier[ANSWERS];
    // Signing in or out within a request makes it somebody else's.
    if (known !== undefined && known.user === req.user) return known;
    const answers: Answers = {
      user: req.user,
      facts: new RequestFacts(req),
      snapshot: this.source.current(),
      decided: undefined,
      read: undefined,
    };
    carrier[ANSWERS] = answers;
    return answers;
  }

  private freshDecision({ facts, snapshot }: Answers, name: string, readOnly: boolean): Decision {
    const overridden = this.overrides?.get(`flag:${name}`);
    if (overridden !== undefined) return { active: overridden, gate: 'override' };
    const flag = snapshot.asked.get(name);
    if (flag === undefined) return { active: this.fallback('flag', name), gate: 'missing' };
    const decision = answerFor(snapshot.flags.engine, flag, facts, readOnly ? READING : DRAWING);
    this.counted('flag', name, decision.active);
    return decision;
  }

  private counted(kind: Kind, name: string, active: boolean): boolean {
    this.answers[kind].count(name, active ? 'on' : 'off');
    return active;
  }

  private fallback(kind: Kind, name: string): boolean {
    if (this.source.current().loaded) {
      this.missing.note(kind, name);
      this.answers[kind].count(name, MISSING);
    }
    return this.defaults[kind];
  }

  /** Sets the cookie of a decision with the answer to this request, unless that has left already. */
  private remember(req: Request, { cookie, active, session }: Remembered): void {
    const { res } = req;
    if (res === undefined || res.headersSent) return;
    res.vary('Cookie').cookie(cookie, active ? 'True' : 'False', {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: this.https || req.secure,
      ...(session ? {} : { maxAge: this.waffle.maxAge * 1000 }),
    });
  }

  private sayOnce(error: unknown, name: string): void {
    if (!this.hasFailed) this.log.error({ err: error, flag: name }, 'a flag could not be decided and counts as off');
    this.hasFailed = true;
  }
}
