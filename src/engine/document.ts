/** A value that a flag can serve. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** The type of a flag's values, in OpenFeature's words; `integer` and `float` are its numbers. */
export type FlagType = 'boolean' | 'string' | 'integer' | 'float' | 'json';

/** A moment: ISO 8601 with an offset, or milliseconds since 1970. */
export type Instant = string | number;

/** A variant's part in a split. All weights of a split sum to 100 000. */
export interface Weight {
  readonly variant: string;
  readonly weight: number;
}

/** What a rule hands out: one variant, or one of several by a stable split. */
export type Serve =
  | { readonly variant: string }
  | { readonly split: readonly Weight[]; readonly salt?: string; readonly by?: string };

/** What an attribute is held against. */
export type Operand = JsonValue;

/** Whether a rule applies. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly always: true }
  | { readonly attribute: string; readonly is: string; readonly value?: Operand; readonly ignoreCase?: true }
  | { readonly after: Instant }
  | { readonly before: Instant }
  | { readonly share: number; readonly salt?: string; readonly by?: string }
  | { readonly segment: string }
  | { readonly flag: string; readonly serves: readonly string[] };

/** What is served to whom; the first rule that applies wins. */
export interface Rule {
  readonly id: string;
  readonly name?: string;
  readonly when: Condition;
  readonly serve: Serve;
}

/** Facts about a flag that its decisions carry along. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** Everything needed to decide one flag. */
export interface Flag {
  readonly key: string;
  readonly type: FlagType;
  readonly variants: Readonly<Record<string, JsonValue>>;
  readonly enabled: boolean;
  /** What is served while it is not enabled; null leaves it to the code. */
  readonly off: string | null;
  readonly rules: readonly Rule[];
  /** What is served when no rule applies; null leaves it to the code. */
  readonly otherwise: Serve | null;
  readonly metadata?: Metadata;
}

/** A named part of the population: the excluded are out, then the included in, then the condition decides. */
export interface Segment {
  readonly key: string;
  readonly id: number;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly when?: Condition;
}

/** What the engine loads. */
export interface Document {
  readonly version: 1;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}

/** Who asks: the targeting key, and attributes of any JSON shape. */
export interface Context {
  readonly targetingKey?: string | undefined;
  readonly [attribute: string]: unknown;
}

/** Why a decision is what it is, in OpenFeature's words. */
export type Reason = 'DISABLED' | 'STATIC' | 'TARGETING_MATCH' | 'SPLIT' | 'DEFAULT' | 'ERROR';

/** What went wrong, in OpenFeature's words. */
export type ErrorCode = 'FLAG_NOT_FOUND' | 'TARGETING_KEY_MISSING' | 'PARSE_ERROR' | 'GENERAL';

/** The answer to one question. Without a value, the code's own default counts. */
export interface Decision {
  readonly value?: JsonValue;
  readonly variant?: string;
  readonly reason: Reason;
  /** The id of the rule that decided. */
  readonly rule?: string;
  readonly errorCode?: ErrorCode;
  readonly metadata: Metadata;
}

/** The moment at which a question is asked. */
export interface Moment {
  readonly now: Date | number;
}

/** How large a document may be. What is over a limit is refused with the limit named. */
export const LIMITS = Object.freeze({
  flags: 50_000,
  segments: 50_000,
  rules: 500,
  variants: 1_000,
  conditions: 200,
  depth: 10,
  list: 10_000,
  members: 5_000_000,
  text: 2_000,
  /** Characters of a regular expression. */
  pattern: 512,
  /** How deep a JSON value may be nested, and how many bytes it may take. */
  jsonDepth: 20,
  jsonBytes: 65_536,
  key: 255,
});

/** All weights of a split together. */
export const WHOLE = 100_000;
