import { z } from 'zod';

/** What a form sends for one field: nothing, one text, or several. */
export type FormInput = string | string[] | undefined;

export type FieldKind =
  | 'text'
  | 'textarea'
  | 'email'
  | 'slug'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'nullableBoolean'
  | 'choice'
  | 'datetime'
  | 'foreignKey'
  | 'manyToMany'
  | 'permissions';

/** What happens to the rows that point at one which is deleted. */
export type OnDelete = 'cascade' | 'setNull' | 'protect';

/**
 * One column of a model (or, for manyToMany, one link table): how it is called and explained, how it is read from a form,
 * and how it is kept. Everything that shows, checks or stores the field reads this and nothing else.
 */
export interface Field<T = unknown> {
  readonly kind: FieldKind;
  readonly label: string;
  readonly help: string;
  /** Whether a form must give a value. */
  readonly required: boolean;
  readonly unique: boolean;
  /** Longest text in characters. */
  readonly max: number | undefined;
  readonly places: number | undefined;
  readonly choices: readonly Choice[];
  /** Set by the machine: shown, never taken from a form. */
  readonly automatic: boolean;
  /** Never shown, listed, sorted by or written to the audit log. */
  readonly secret: boolean;
  /** A boolean that is a switch: histories say that it was turned on or off. */
  readonly switches: boolean;
  /** Target model of a foreignKey or manyToMany, as `app.model`. */
  readonly to: string | undefined;
  readonly onDelete: OnDelete;
  readonly through: { readonly table: string; readonly from: string; readonly to: string } | undefined;
  initial(): T;
  /** Reads what a form sent; fails with a sentence that says what to enter. */
  readonly schema: z.ZodType<T, FormInput>;
  fromDb(value: unknown): T;
  toDb(value: T): unknown;
  /** What the form control shows. */
  toForm(value: T): string | string[];
  /** The value in words, for histories and diffs. */
  toWords(value: T): string;
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

interface Options<T> {
  label?: string;
  help?: string;
  required?: boolean;
  unique?: boolean;
  initial?: T;
  automatic?: boolean;
  secret?: boolean;
  switches?: boolean;
}

type Rest<T> = Pick<Field<T>, 'kind' | 'schema' | 'fromDb'> & Partial<Omit<Field<T>, 'initial'>> & { initial: T };

function field<T>(options: Options<T>, rest: Rest<T>): Field<T> {
  const { initial = rest.initial, ...own } = options;
  const defined: Field<T> = {
    label: '',
    help: '',
    required: false,
    unique: false,
    max: undefined,
    places: undefined,
    choices: [],
    automatic: false,
    secret: false,
    switches: false,
    to: undefined,
    onDelete: 'cascade',
    through: undefined,
    toDb: (value) => value,
    toForm: (value) => (value === null || value === undefined ? '' : String(value)),
    toWords: (value) => (value === null || value === undefined || value === '' ? 'nothing' : String(value)),
    ...rest,
    ...own,
    initial: () => initial,
  };
  return Object.freeze(defined);
}

/** The last text of a form field; a missing one is empty. */
const one = (input: FormInput): string => (Array.isArray(input) ? (input.at(-1) ?? '') : (input ?? ''));

const input = z.union([z.string(), z.array(z.string())]).optional();

/** A schema that reads one text; `check` returns the value, or adds what is wrong and returns z.NEVER. */
function reading<T>(check: (text: string, fail: (message: string) => never) => T): z.ZodType<T, FormInput> {
  return input.transform((raw, context) =>
    check(one(raw), (message) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
  );
}

/** Control characters have no place in names and notes; a text area keeps its line breaks. */
function cleanText(text: string, lines: boolean): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  const bad = lines ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g : /[\u0000-\u001f\u007f]/g;
  return text.replace(/\r\n?/g, '\n').replace(bad, '').trim();
}

type TextOptions = Options<string> & { max?: number; pattern?: { expression: RegExp; message: string } };

function textual(kind: 'text' | 'textarea' | 'email' | 'slug', options: TextOptions): Field<string> {
  const { max = kind === 'textarea' ? 10_000 : 254, pattern, ...own } = options;
  const schema = reading((raw, fail) => {
    const text = cleanText(raw, kind === 'textarea');
    if (text === '') return own.required ? fail('Enter a value.') : '';
    if (text.length > max) return fail(`Use at most ${max} characters; this has ${text.length}.`);
    if (pattern !== undefined && !pattern.expression.test(text)) return fail(pattern.message);
    return kind === 'email' ? text.toLowerCase() : text;
  });
  return field(own, {
    kind,
    schema,
    max,
    initial: '',
    fromDb: (value) => (value === null || value === undefined ? '' : String(value)),
  });
}

/** One line of text. */
export const text = (options: TextOptions = {}): Field<string> => textual('text', options);

/** Text of several lines. */
export const textarea = (options: TextOptions = {}): Field<string> => textual('textarea', options);

/** An e-mail address, kept in lower case. */
export const email = (options: TextOptions = {}): Field<string> =>
  textual('email', {
    pattern: { expression: /^[^\s@]+@[^\s@]+$/, message: 'Enter an e-mail address, like name@example.com.' },
    ...options,
  });

/** A name for addresses: lower-case letters, digits and hyphens. */
export const slug = (options: TextOptions = {}): Field<string> =>
  textual('slug', {
    max: 60,
    pattern: {
      expression: /^[a-z0-9]+(-[a-z0-9]+)*$/,
      message: 'Use lower-case letters, digits and single hyphens, like night-shift.',
    },
    ...options,
  });

type NumberOptions = Options<number | null> & { min?: number; max?: number };

function numeric(kind: 'integer' | 'decimal', places: number, options: NumberOptions): Field<number | null> {
  const { min = -1_000_000_000, max = 1_000_000_000, ...own } = options;
  const shape = places === 0 ? /^-?\d{1,12}$/ : /^-?\d{1,12}(\.\d+)?$/;
  const schema = reading((raw, fail) => {
    const trimmed = raw.trim().replace(',', '.');
    if (trimmed === '') return own.required ? fail('Enter a number.') : null;
    if (!shape.test(trimmed)) return fail(places === 0 ? 'Enter a whole number.' : 'Enter a number, like 12.5.');
    const value = Number(trimmed);
    if (value < min || value > max) return fail(`Enter a number from ${min} to ${max}.`);
    if (Number(value.toFixed(places)) !== value)
      return fail(`Use at most ${places} decimal place${places === 1 ? '' : 's'}.`);
    return value;
  });
  const fromDb = (value: unknown) => (value === null || value === undefined ? null : Number(value));
  return field<number | null>(own, { kind, schema, places, initial: null, fromDb });
}

/** A whole number, or nothing. */
export const integer = (options: NumberOptions = {}): Field<number | null> => numeric('integer', 0, options);

/** A number with a fixed count of decimals, or nothing. */
export const decimal = ({ places, ...options }: NumberOptions & { places: number }): Field<number | null> =>
  numeric('decimal', places, options);

const yes = (value: unknown): string => (value === null ? 'Unknown' : value ? 'Yes' : 'No');

/** Yes or no: a checkbox, so a form that does not send it means no. */
export const boolean = (options: Options<boolean> = {}): Field<boolean> =>
  field<boolean>(options, {
    kind: 'boolean',
    initial: false,
    schema: reading((raw, fail) => {
      if (['', 'off', '0', 'false'].includes(raw)) return false;
      return ['on', '1', 'true'].includes(raw) ? true : fail('Choose yes or no.');
    }),
    fromDb: (value) => Boolean(value),
    toForm: (value) => (value ? 'on' : ''),
    toWords: yes,
  });

type NullableBooleanOptions = Options<boolean | null> & { texts?: { unknown: string; yes: string; no: string } };

/** Yes, no, or not decided. */
export const nullableBoolean = ({
  texts = { unknown: 'Unknown', yes: 'Yes', no: 'No' },
  ...options
}: NullableBooleanOptions = {}): Field<boolean | null> =>
  field<boolean | null>(options, {
    kind: 'nullableBoolean',
    initial: null,
    choices: [
      { value: 'unknown', text: texts.unknown },
      { value: 'yes', text: texts.yes },
      { value: 'no', text: texts.no },
    ],
    schema: reading((raw, fail) => {
      if (raw === 'yes') return true;
      if (raw === 'no') return false;
      return raw === 'unknown' || raw === '' ? null : fail('Choose one of the three.');
    }),
    fromDb: (value) => (value === null || value === undefined ? null : Boolean(value)),
    toForm: (value) => (value === null ? 'unknown' : value ? 'yes' : 'no'),
    toWords: (value) => (value === null ? texts.unknown : value ? texts.yes : texts.no),
  });

/** One of a fixed list. */
export const choice = ({ choices, ...options }: Options<string> & { choices: readonly Choice[] }): Field<string> =>
  field(options, {
    kind: 'choice',
    choices,
    initial: choices[0]?.value ?? '',
    schema: reading((raw, fail) =>
      choices.some(({ value }) => value === raw) ? raw : fail('Choose one of the list.'),
    ),
    fromDb: (value) => String(value ?? ''),
    toWords: (value) => choices.find((known) => known.value === value)?.text ?? value,
  });

/** A moment; forms send it in UTC as `2026-11-21T09:00`. */
export const datetime = (options: Options<Date | null> = {}): Field<Date | null> =>
  field<Date | null>(options, {
    kind: 'datetime',
    initial: null,
    schema: reading((raw, fail) => {
      const trimmed = raw.trim();
      if (trimmed === '') return options.required ? fail('Enter a date and time.') : null;
      if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$/.test(trimmed))
        return fail('Enter a date and time, like 2026-11-21 09:00.');
      const time = new Date(`${trimmed.replace(' ', 'T')}Z`);
      return Number.isNaN(time.getTime()) ? fail('This date does not exist.') : time;
    }),
    fromDb: (value) =>
      value === null || value === undefined ? null : value instanceof Date ? value : new Date(String(value)),
    toDb: (value) => (value === null ? null : value.toISOString()),
    toForm: (value) => (value === null ? '' : value.toISOString().slice(0, 16)),
    toWords: (value) => (value === null ? 'nothing' : `${value.toISOString().slice(0, 16).replace('T', ' ')} UTC`),
  });

/** The moment of creation or change, set by the operation that writes. */
export const timestamp = (label: string): Field<Date | null> => datetime({ label, automatic: true });

const ID = /^[1-9]\d{0,9}$/;
const isId = (raw: string): boolean => ID.test(raw) && Number(raw) <= 2_147_483_647;

type ForeignKeyOptions = Options<number | null> & { onDelete?: OnDelete };

/** One row of another model, by its id. Whether it exists is checked where the form is saved. */
export const foreignKey = (
  to: string,
  { onDelete = 'cascade', ...options }: ForeignKeyOptions = {},
): Field<number | null> =>
  field<number | null>(options, {
    kind: 'foreignKey',
    to,
    onDelete,
    initial: null,
    schema: reading((raw, fail) => {
      if (raw.trim() === '') return options.required ? fail('Choose one.') : null;
      return isId(raw) ? Number(raw) : fail('Choose one of the list.');
    }),
    fromDb: (value) => (value === null || value === undefined ? null : Number(value)),
  });

/** Most rows that one many-to-many field takes from a form. */
export const MAX_LINKS = 1_000;

/** Any number of rows of another model, through a table of pairs. */
export const manyToMany = (
  to: string,
  { through, ...options }: Options<number[]> & { through: { table: string; from: string; to: string } },
): Field<number[]> =>
  field<number[]>(options, {
    kind: 'manyToMany',
    to,
    through,
    initial: [],
    schema: input.transform((raw, context) => {
      const given = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw];
      const ids = given.filter((value) => value !== '');
      if (ids.length > MAX_LINKS) context.addIssue({ code: 'custom', message: `Choose at most ${MAX_LINKS}.` });
      if (!ids.every(isId)) context.addIssue({ code: 'custom', message: 'Choose from the list.' });
      return [...new Set(ids.filter(isId).map(Number))].sort((a, b) => a - b);
    }),
    fromDb: (value) => (Array.isArray(value) ? value.map(Number) : []),
    toForm: (value) => value.map(String),
    toWords: (value) => (value.length === 0 ? 'nobody' : `${value.length} chosen`),
  });

/** Permissions of the admin, `<app>.<verb>_<model>`, kept as rows of a table of their own. */
export const permissions = ({
  through,
  ...options
}: Options<string[]> & { through: { table: string; from: string; to: string } }): Field<string[]> =>
  field<string[]>(options, {
    kind: 'permissions',
    through,
    initial: [],
    schema: input.transform((raw, context) => {
      const given = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw];
      const names = [...new Set(given.filter((name) => name !== ''))].sort();
      if (names.length > MAX_LINKS || !names.every((name) => /^[a-z]+\.(view|add|change|delete)_[a-z]+$/.test(name))) {
        context.addIssue({ code: 'custom', message: 'Choose from the list.' });
      }
      return names;
    }),
    fromDb: (value) => (Array.isArray(value) ? value.map(String) : []),
    toForm: (value) => value,
    toWords: (value) => (value.length === 0 ? 'none' : value.join(', ')),
  });
