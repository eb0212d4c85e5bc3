/** Where a condition stands, in the order in which sources are read. */
export type Origin = 'settings' | 'environment' | 'database';

/** A condition as its source has it: everything is text until its kind has read it. */
export interface StatedCondition {
  /** The kind of condition, like `user` or `path matches`. */
  readonly condition: string;
  readonly value: string;
  /** Whether it must hold, whatever else does. */
  readonly required: boolean;
  readonly origin: Origin;
  /** The file, the variable or the table that has it, as people call it. */
  readonly place: string;
  /** Its row, when it stands in the database. */
  readonly id?: number;
  /** What its source says cannot be made out: why, in words. It never holds. */
  readonly mistake?: string;
}

/** Somebody's own part of a name: what it is for, and how it is kept. */
export interface FlagInfo {
  readonly name: string;
  readonly description: string;
  readonly archivedAt: string | null;
  /** Whether rows of who got it are kept, and for how many percent of the evaluations. */
  readonly trackUsage: boolean;
  readonly sampleRate: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
}

/** A part of the population that the settings file names: ids of people. */
export interface NamedSegment {
  readonly key: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** A source that cannot be read, or a part of it that means nothing. */
export interface SourceProblem {
  readonly place: string;
  readonly message: string;
}

/** What settings and environment variables say; it stays the same while the process runs. */
export interface StatedFlags {
  readonly conditions: ReadonlyMap<string, readonly StatedCondition[]>;
  readonly segments: readonly NamedSegment[];
  readonly problems: readonly SourceProblem[];
}

/** Whether code and people may call a flag by this name. Dots alone would mean another place in an address. */
export const isFlagName = (name: string): boolean => /^(?!\.+$)[\w.:-]{1,100}$/.test(name);

export const ORIGIN_WORDS: Readonly<Record<Origin, string>> = {
  settings: 'Settings file',
  environment: 'Environment variable',
  database: 'Database',
};

/** Most characters that a condition's value may have, and most conditions that one name may have. */
export const MAX_VALUE = 500;
export const MAX_CONDITIONS = 100;
