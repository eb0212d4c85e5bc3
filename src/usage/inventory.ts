import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'pino';
import { changeUrl } from '../admin';
import type { FeatureFlagsManager, NamedFlag } from '../conditions';
import type { Config } from '../config';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { hasPermission, type Viewer } from '../lib/viewer';
import { countFeatures, type FeatureCount, PRODUCER_FEATURES } from '../producers';
import type { Snapshots } from '../snapshots';
import { type Flags, listMissing, type MissingName, type Overview, overviewOf } from '../teams';
import { ERROR, type Form, MISSING } from './form';
import { assess, type Finding, lastAsked, momentOf } from './health';
import { isInCode } from './in-code';
import { countErrors, listSeen, type Seen } from './queries-dashboard';
import { dayOf, type Usage } from './usage';

/** What the pages of this feature work with; `Services` has all of it. */
export interface InventoryParts {
  readonly config: Pick<Config, 'usage' | 'baseUrl'>;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly flags: Flags;
  readonly conditionFlags: FeatureFlagsManager;
  readonly snapshots: Snapshots;
  readonly usage: Usage;
}

/** Where a flag is kept. */
export const SOURCES = {
  database: 'Database',
  settings: 'Settings file',
  environment: 'Environment variable',
  waffle: 'Global flags',
  producers: 'Producers',
} as const;
export type Source = keyof typeof SOURCES;

export type Kind = 'boolean' | 'user' | 'percent' | 'time' | 'mixed';

/** A flag of any form, in words. */
export interface Entry extends Finding {
  /** Stands for form and name where both would be long. */
  readonly id: string;
  readonly form: Form;
  readonly name: string;
  readonly href: string;
  readonly note: string;
  readonly kind: Kind | null;
  readonly standing: 'on' | 'off' | 'partial' | null;
  readonly state: string;
  readonly sources: readonly Source[];
  /** Files and variables by their names. */
  readonly places: readonly string[];
  readonly changedAt: Date | null;
  readonly lastAt: Date | null;
  readonly isArchived: boolean;
  /** What is wrong, each as a sentence without its full stop. */
  readonly errors: readonly string[];
  /** Whether this person may turn it on and off. */
  readonly mayChange: boolean;
}

const idOf = (form: Form, name: string): string =>
  createHash('sha256').update(`${form} ${name}`).digest('hex').slice(0, 12);

const count = (n: number, one: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : `${one}s`}`;

/** What the database knows of the use of flags. */
interface Known {
  readonly seen: ReadonlyMap<string, readonly Seen[]>;
  readonly missing: readonly MissingName[];
  readonly features: readonly FeatureCount[];
  readonly errors: ReadonlyMap<string, number>;
}

const NOTHING: Known = { seen: new Map(), missing: [], features: [], errors: new Map() };
const DAY_MS = 86_400_000;
/** For how long evaluations that failed are told. */
const ERROR_DAYS = 7;

async function readKnown({ db, clock }: InventoryParts): Promise<Known> {
  const since = dayOf(new Date(clock.now().getTime() - ERROR_DAYS * DAY_MS));
  const [rows, missing, features, errors] = await Promise.all([
    listSeen(db),
    listMissing(db),
    countFeatures(db),
    countErrors(db, ERROR, since),
  ]);
  const seen = new Map<string, Seen[]>();
  for (const row of rows) {
    const key = `${row.form}:${row.name}`;
    const known = seen.get(key);
    if (known === undefined) seen.set(key, [row]);
    else known.push(row);
  }
  return { seen, missing, features, errors };
}

/** The flags of every form, and whether what is told of their use could be read. */
export interface Inventory {
  readonly entries: readonly Entry[];
  readonly isComplete: boolean;
}

class Builder {
  private readonly now: Date;
  private readonly days: number;

  constructor(
    private readonly parts: InventoryParts,
    private readonly known: Known,
    private readonly viewer: Viewer,
  ) {
    this.now = parts.clock.now();
    this.days = parts.config.usage.staleDays;
  }

  build(): Entry[] {
    const { conditionFlags, flags } = this.parts;
    const named = conditionFlags.list();
    const overviews = overviewOf(flags.snapshot());
    const entries = [
      ...named.map((flag) => this.ofConditions(flag)),
      ...overviews.filter(({ kind }) => this.may('teams', kind, 'view')).map((row) => this.ofTeams(row)),
      ...(this.may('producers', 'producer', 'view') ? this.known.features.map((row) => this.ofProducers(row)) : []),
      ...this.missingOfTeams(),
      ...this.missingOfConditions(new Set(named.map(({ name }) => name))),
    ];
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.form < b.form ? -1 : 1));
  }

  private may(app: string, model: string, verb: 'view' | 'change'): boolean {
    const has = (each: string) => hasPermission(this.viewer, `${app}.${each}_${model}`);
    return has(verb) || (verb === 'view' && has('change'));
  }

  private usual(form: Form, name: string, dates: { createdAt: Date | null; changedAt: Date | null }) {
    const key = `${form}:${name}`;
    const seen = this.known.seen.get(key) ?? [];
    const life = { form, ...dates, isInCode: form === 'producer' || isInCode(form, name), seen };
    const failed = this.known.errors.get(key) ?? 0;
    return {
      id: idOf(form, name),
      form,
      name,
      changedAt: dates.changedAt,
      lastAt: lastAsked(seen) ?? null,
      ...assess(life, this.now, this.days),
      errors: failed === 0 ? [] : [`${count(failed, 'evaluation')} failed in ${ERROR_DAYS} days`],
    };
  }

  private ofConditions({ name, info, kind, standing, state, origins, reads }: NamedFlag): Entry {
    const usual = this.usual('condition', name, {
      createdAt: info === undefined ? null : new Date(info.createdAt),
      changedAt: info === undefined ? null : new Date(info.modifiedAt),
    });
    const faults = reads.filter(({ read }) => !read.ok).length;
    const outside = reads.filter(({ stated }) => stated.origin !== 'database');
    return {
      ...usual,
      href: changeUrl({ app: 'flags', name: 'flag' }, name),
      note: info?.description ?? '',
      kind,
      standing,
      state,
      sources: origins,
      places: [...new Set(outside.map(({ stated }) => path.basename(stated.place)))],
      isArchived: info !== undefined && info.archivedAt !== null,
      errors: [...(faults === 0 ? [] : [`${count(faults, 'condition')} can never hold`]), ...usual.errors],
      mayChange: this.may('flags', 'flag', 'change'),
    };
  }

  private ofTeams({ kind: form, id, name, note, standing, state, decidesBy, createdAt, modifiedAt }: Overview): Entry {
    return {
      ...this.usual(form, name, { createdAt, changedAt: modifiedAt }),
      href: changeUrl({ app: 'teams', name: form }, id),
      note,
      kind: decidesBy,
      standing,
      state,
      sources: ['waffle'],
      places: [form],
      isArchived: false,
      mayChange: this.may('teams', form, 'change'),
    };
  }

  private ofProducers({ column, on, total }: FeatureCount): Entry {
    const feature = Object.values(PRODUCER_FEATURES).find((each) => each.column === column);
    const all = total > 0 && on === total;
    return {
      ...this.usual('producer', column, { createdAt: null, changedAt: null }),
      href: '/admin/producers/producer/',
      note: feature?.help ?? '',
      kind: 'user',
      standing: on === 0 ? 'off' : all ? 'on' : 'partial',
      state:
        on === 0
          ? 'Off for all producers.'
          : `On for ${all ? `all ${count(total, 'producer')}` : `${on.toLocaleString('en')} of ${count(total, 'producer')}`}.`,
      sources: ['producers'],
      places: [],
      isArchived: false,
      mayChange: false,
    };
  }

  private absent(form: Form, name: string, source: Source, href: string, lastAt: Date, reason: string): Entry {
    return {
      id: idOf(form, name),
      form,
      name,
      href,
      note: '',
      kind: null,
      standing: null,
      state: 'Nobody has made it: code gets the default.',
      sources: [source],
      places: source === 'waffle' ? [form] : [],
      changedAt: null,
      lastAt,
      health: 'missing',
      reasons: [reason],
      isArchived: false,
      errors: [],
      mayChange: false,
    };
  }

  private missingOfTeams(): Entry[] {
    if (!this.may('teams', 'missing', 'view')) return [];
    return this.known.missing.map(({ kind, name, asked, lastAt }) =>
      this.absent(
        kind,
        name,
        'waffle',
        this.may('teams', kind, 'change') ? `/admin/teams/${kind}/add/?name=${encodeURIComponent(name)}` : '',
        lastAt,
        `Code has asked for this ${kind} ${count(asked, 'time')}.`,
      ),
    );
  }

  private missingOfConditions(known: ReadonlySet<string>): Entry[] {
    const since = new Date(this.now.getTime() - this.days * DAY_MS);
    const entries: Entry[] = [];
    for (const rows of this.known.seen.values()) {
      const asked = rows.find(({ form, variant }) => form === 'condition' && variant === MISSING);
      if (asked === undefined || known.has(asked.name)) continue;
      const last = momentOf(asked.lastAt);
      if (last < since) continue;
      const may = hasPermission(this.viewer, 'flags.add_flag');
      const href = may ? `/admin/flags/flag/add/?name=${encodeURIComponent(asked.name)}` : '';
      entries.push(
        this.absent('condition', asked.name, 'database', href, last, 'Code asks for it, and no source has it.'),
      );
    }
    return entries;
  }
}

/**
 * All flags of every form that this person may look at. The flags themselves come from memory, so they are there while
 * their store is not; what is known of their use takes four statements, however many flags.
 */
export async function readInventory(parts: InventoryParts, viewer: Viewer): Promise<Inventory> {
  let known: Known | undefined;
  try {
    await parts.usage.flush(); // so that what this process has counted is there
    known = await readKnown(parts);
  } catch (error) {
    parts.log.warn({ err: error }, 'the use of flags could not be read');
  }
  return { entries: new Builder(parts, known ?? NOTHING, viewer).build(), isComplete: known !== undefined };
}
