/** What staff can switch and code can ask for. */
export type Kind = 'flag' | 'switch' | 'sample';

/** A global flag with everything that decides it. */
export interface Flag {
  readonly id: number;
  readonly name: string;
  /** Yes or no for everybody; null leaves it to the settings below. */
  readonly everyone: boolean | null;
  /** Share of those whom no other setting lets in, 0.0 to 99.9. */
  readonly percent: number | null;
  /** Whether a request may choose for itself. */
  readonly testing: boolean;
  readonly superusers: boolean;
  readonly staff: boolean;
  readonly authenticated: boolean;
  /** Language codes as they were typed, like `de` or `en-gb`. */
  readonly languages: readonly string[];
  readonly userIds: readonly number[];
  readonly groups: readonly Group[];
  /** Whether visitors who were outside the share are drawn again in their next session. */
  readonly rollout: boolean;
  readonly note: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface Group {
  readonly id: number;
  readonly name: string;
}

/** One on or off for the whole site. */
export interface Switch {
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  readonly note: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** On for a share of the calls, drawn anew each time. */
export interface Sample {
  readonly id: number;
  readonly name: string;
  /** 0.0 to 100.0. */
  readonly percent: number;
  readonly note: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** What a flag can be set to. */
export interface FlagSettings {
  everyone: boolean | null;
  percent: number | null;
  testing: boolean;
  superusers: boolean;
  staff: boolean;
  authenticated: boolean;
  languages: readonly string[];
  userIds: readonly number[];
  groupIds: readonly number[];
  rollout: boolean;
  note: string;
}

/** What a new flag is unless something else is asked for: superusers see it, nobody else. */
export const NEW_FLAG: Readonly<FlagSettings> = {
  everyone: null,
  percent: null,
  testing: false,
  superusers: true,
  staff: false,
  authenticated: false,
  languages: [],
  userIds: [],
  groupIds: [],
  rollout: false,
  note: '',
};

/** Whether code and people may call something by this name. */
export const isName = (name: string): boolean => /^[\w.:-]{1,100}$/.test(name);

/** The codes in a comma-separated list. */
export const parseLanguages = (list: string): string[] =>
  list
    .split(',')
    .map((code) => code.trim())
    .filter((code) => code !== '');
