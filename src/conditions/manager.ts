import type { Request } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../db';
import { type Context, type Engine, compile as engineFor } from '../engine';
import type { Clock } from '../lib/clock';
import { type Actor, localActor } from '../lib/viewer';
import type { Snapshot, Snapshots } from '../snapshots';
import { type AnswerCounter, ERROR, MISSING, type Usage } from '../usage';
import { type Description, describe, type Read } from './describe';
import { explainFlag, type FlagExplanation } from './explain';
import { type ConditionContext, factsOf, factsOfRequest, isRequest } from './facts';
import { sourceFindings } from './findings';
import { kindsGeneration } from './kinds';
import * as operations from './operations';
import { readStoredFlags, type StoredFlags, StoredFlagsSchema } from './queries';
import { toDocument } from './ruleset';
import { readStatedFlags } from './settings';
import type { FlagInfo, Origin, StatedCondition, StatedFlags } from './types';
import { overriddenFlag } from './with-flags';

/** A name with all that its sources say. */
export interface NamedFlag extends Description {
  readonly name: string;
  /** In the order of the sources: settings file, environment variables, database. */
  readonly conditions: readonly StatedCondition[];
  readonly reads: readonly Read[];
  readonly origins: readonly Origin[];
  /** What the database keeps besides; undefined for a name that only settings or variables have. */
  readonly info: FlagInfo | undefined;
}

interface Compiled {
  readonly stored: StoredFlags;
  readonly kinds: number;
  readonly engine: Engine;
  /** All names that any source knows. */
  readonly conditions: ReadonlyMap<string, readonly StatedCondition[]>;
  readonly infos: ReadonlyMap<string, FlagInfo>;
  /** Of flags that ask for rows of who got them, for how many percent of the evaluations. */
  readonly tracked: ReadonlyMap<string, number>;
}

/** What a request was told, so that a page never says two things about one flag: it sees one snapshot all along. */
interface Asked {
  readonly user: unknown;
  readonly facts: Context;
  readonly compiled: Compiled;
}

const ASKED = Symbol('conditions asked');
const EMPTY: StoredFlags = { infos: [], conditions: [] };
const PLACE = 'the database';

/** The writer of changes that code makes without saying for whom. */
const CODE = localActor('system', 'code');

interface Parts {
  readonly config: Pick<Config, 'env' | 'baseUrl' | 'featureFlags'>;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly snapshots: Snapshots;
  readonly usage: Usage;
}

/**
 * Flags by conditions, after django-flags: from the settings file, environment variables and the database. Asking costs no
 * I/O, never waits and never throws. Every write is one transaction with its audit entry.
 */
export class FeatureFlagsManager {
  readonly stated: StatedFlags;
  readonly segmentKeys: ReadonlySet<string>;
  private readonly source: Snapshot<StoredFlags>;
  private readonly https: boolean;
  private readonly answers: AnswerCounter;
  private compiled: Compiled;
  private hasFailed = false;

  constructor(private readonly parts: Parts) {
    const { config, snapshots, usage } = parts;
    this.answers = usage.counter('condition');
    this.https = config.baseUrl.startsWith('https://');
    this.stated = readStatedFlags({ ...config.featureFlags, environment: config.env });
    this.segmentKeys = new Set(this.stated.segments.map(({ key }) => key));
    this.compiled = this.prepare(EMPTY);
    this.source = snapshots.part({
      name: 'conditions',
      scope: operations.SCOPE,
      initial: EMPTY,
      load: readStoredFlags,
      schema: StoredFlagsSchema,
      build: (stored) => stored,
    });
    this.source.subscribe((stored) => {
      this.compiled = this.prepare(stored);
    });
  }

  /** Whether a flag is on for a request, for what is said of one, or for nobody in particular. An unknown name is off. */
  isEnabled(name: string, subject?: Request | ConditionContext): boolean {
    return this.flagState(name, subject) ?? false;
  }

  /** The opposite of `isEnabled`; an unknown name counts as disabled. */
  isDisabled(name: string, subject?: Request | ConditionContext): boolean {
    return !this.isEnabled(name, subject);
  }

  /** Whether a flag is on; undefined for a name that no source knows. A fault counts as off, and is said once. */
  flagState(name: string, subject?: Request | ConditionContext): boolean | undefined {
    const overridden = overriddenFlag(name);
    if (overridden !== undefined) return overridden;
    try {
      const { facts, compiled } = this.asked(subject);
      if (!compiled.conditions.has(name)) {
        if (this.source.loads > 0) this.answers.count(name, MISSING);
        return undefined;
      }
      const { value, errorCode } = compiled.engine.evaluate(name, facts, { now: this.nowFor(subject) });
      const on = value === true;
      this.answers.count(name, errorCode === undefined ? (on ? 'on' : 'off') : ERROR);
      if (compiled.tracked.size > 0) this.notePerson(compiled.tracked.get(name), name, subject, on);
      return on;
    } catch (error) {
      this.answers.count(name, ERROR);
      if (!this.hasFailed) this.parts.log.error({ err: error, flag: name }, 'a flag could not be decided; it is off');
      this.hasFailed = true;
      return false;
    }
  }

  /** Why a flag is on or off, condition by condition, by the engine's own trail. */
  explain(name: string, subject: ConditionContext = {}): FlagExplanation {
    const flag = this.find(name);
    if (flag === undefined) {
      const sentence = `No source knows the flag ${name}: it counts as off.`;
      return { name, state: undefined, sentence, conditions: [] };
    }
    const { facts, compiled } = this.asked(subject);
    return explainFlag(compiled.engine, name, flag.reads, { context: facts, now: this.nowFor(subject) });
  }

  /** Every name that a source knows, in alphabetical order. */
  list(): NamedFlag[] {
    return [...this.current().conditions.keys()].sort().flatMap((name) => this.find(name) ?? []);
  }

  /** A name with all that its sources say; undefined when none knows it. */
  find(name: string): NamedFlag | undefined {
    const { conditions, infos } = this.current();
    const own = conditions.get(name);
    return own && this.toNamed(name, own, infos.get(name));
  }

  /** The same as it is in the database now, for pages that write. */
  toNamed(name: string, conditions: readonly StatedCondition[], info: FlagInfo | undefined): NamedFlag {
    const origins = [
      ...new Set(conditions.map(({ origin }) => origin)),
      ...(info === undefined ? [] : ['database' as const]),
    ];
    const description = describe(name, conditions, this.segmentKeys);
    return { name, conditions, info, origins: [...new Set(origins)], ...description };
  }

  /** Reads the database once: for commands, which keep nothing in memory. */
  async load(): Promise<void> {
    this.compiled = this.prepare(await readStoredFlags(this.parts.db));
  }

  /** Says what is wrong in the sources, once what the database has is in memory. Nothing keeps the process from running. */
  start(): void {
    for (const { id, message, hint } of sourceFindings(this)) this.parts.log.error({ id }, `${id} ${message} ${hint}`);
  }

  /** A text that is another one whenever what is in memory was replaced. */
  generation(): string {
    return `${this.source.loads}.${kindsGeneration()}`;
  }

  /** Adds a flag that starts as `default` says. Throws 409 and 422. */
  createFlag(flag: operations.NewFlag, actor: Actor = CODE): Promise<void> {
    return operations.createFlag(this.writing(), actor, flag);
  }

  /** Removes what the database has of a flag. Throws 404. */
  deleteFlag(name: string, actor: Actor = CODE): Promise<void> {
    return operations.deleteFlag(this.writing(), actor, name);
  }

  /** Turns the flag's boolean condition of the database on, or adds one. Throws 404. */
  enable(name: string, actor: Actor = CODE): Promise<operations.Switched> {
    return operations.setBoolean(this.writing(), actor, name, true);
  }

  /** Turns the flag's boolean condition of the database off, or adds one. Throws 404. */
  disable(name: string, actor: Actor = CODE): Promise<operations.Switched> {
    return operations.setBoolean(this.writing(), actor, name, false);
  }

  /** Adds a condition to the database. Throws 404, 409 and 422. */
  addCondition(name: string, condition: operations.ConditionValues, actor: Actor = CODE): Promise<number> {
    return operations.addCondition(this.writing(), actor, name, condition);
  }

  /** What operations of this feature work with. */
  writing(): operations.WriteParts {
    return { db: this.parts.db, clock: this.parts.clock, stated: this.stated, segmentKeys: this.segmentKeys };
  }

  /** What conditions see of a request or of what is said about one. */
  factsFor(subject: Request | ConditionContext | undefined): Context {
    const { env } = this.parts.config;
    return isRequest(subject) ? factsOfRequest(subject, env, this.https) : factsOf(subject ?? {}, env);
  }

  private notePerson(
    percent: number | undefined,
    name: string,
    subject: Request | ConditionContext | undefined,
    on: boolean,
  ): void {
    const person = isRequest(subject) ? subject.user : subject?.viewer;
    if (percent !== undefined && person) this.parts.usage.notePerson(name, person.id, on, percent);
  }

  private asked(subject: Request | ConditionContext | undefined): Pick<Asked, 'facts' | 'compiled'> {
    if (!isRequest(subject)) return { facts: this.factsFor(subject), compiled: this.current() };
    const carrier = subject as Request & { [ASKED]?: Asked };
    const known = carrier[ASKED];
    // Signing in or out within a request makes it somebody else's.
    if (known !== undefined && known.user === subject.user) return known;
    const asked = { user: subject.user, facts: this.factsFor(subject), compiled: this.current() };
    carrier[ASKED] = asked;
    return asked;
  }

  private nowFor(subject: Request | ConditionContext | undefined): Date {
    return (isRequest(subject) ? undefined : subject?.now) ?? this.parts.clock.now();
  }

  private current(): Compiled {
    if (this.compiled.kinds !== kindsGeneration()) this.compiled = this.prepare(this.compiled.stored);
    return this.compiled;
  }

  private prepare(stored: StoredFlags): Compiled {
    const conditions = new Map<string, readonly StatedCondition[]>(stored.infos.map(({ name }) => [name, []]));
    for (const [name, own] of this.stated.conditions) conditions.set(name, own);
    for (const { name, ...own } of stored.conditions) {
      conditions.set(name, [...(conditions.get(name) ?? []), { ...own, origin: 'database', place: PLACE }]);
    }
    return {
      stored,
      kinds: kindsGeneration(),
      // One name that cannot be decided spoils no other.
      engine: engineFor(toDocument(conditions, this.stated.segments), { mistakes: 'isolate' }),
      conditions,
      infos: new Map(stored.infos.map((info) => [info.name, info])),
      tracked: new Map(stored.infos.flatMap((info) => (info.trackUsage ? [[info.name, info.sampleRate]] : []))),
    };
  }
}
