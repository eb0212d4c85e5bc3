import { existsSync, readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import {
  isFlagName,
  MAX_CONDITIONS,
  MAX_VALUE,
  type NamedSegment,
  type Origin,
  type SourceProblem,
  type StatedCondition,
  type StatedFlags,
} from './types';

const MAX_BYTES = 1024 * 1024;
const MAX_SEGMENT = 100_000;

/** Anything that YAML writes in one line, as text: kinds read it themselves. */
const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.bigint()], { error: 'needs a text, a number, true or false' })
  .transform(String)
  .refine((text) => text.length <= MAX_VALUE, { error: `is longer than ${MAX_VALUE} characters` });

/** `{condition: user, value: jane@example.com, required: true}`, as django-flags has it. */
const Long = z.strictObject(
  { condition: z.string().max(50), value: scalar, required: z.boolean().default(false) },
  {
    error: ({ code }) =>
      code === 'invalid_type'
        ? 'needs a condition, like {user: jane@example.com} or {condition: user, value: jane@example.com}'
        : undefined,
  },
);

/** `{user: jane@example.com, required: true}`: the same in short. */
function expand(entry: unknown): unknown {
  if (!(entry instanceof Map)) return entry;
  const given = new Map<unknown, unknown>(entry);
  if (given.has('condition')) return Object.fromEntries(given);
  const [pair, ...more] = [...given].filter(([name]) => name !== 'required');
  if (pair === undefined || more.length > 0) return undefined;
  return { condition: pair[0], value: pair[1], ...(given.has('required') ? { required: given.get('required') } : {}) };
}

const Entry = z.preprocess(expand, Long);

/** A list of conditions, or one value for everybody: `true` is short for `[{boolean: true}]`. */
const Conditions = z.union([
  scalar.transform((value) => [{ condition: 'boolean', value, required: false }]),
  z.array(Entry).max(MAX_CONDITIONS, { error: `has more than ${MAX_CONDITIONS} conditions` }),
]);

const ids = z
  .array(z.union([z.string(), z.number().int()]).transform(String))
  .max(MAX_SEGMENT, { error: `has more than ${MAX_SEGMENT} ids` })
  .default([]);

const Segment = z.preprocess(
  (value) => (value instanceof Map ? Object.fromEntries(value) : value),
  z.strictObject({ include: ids, exclude: ids }),
);

const firstIssue = (error: z.ZodError): string => {
  const flat = (issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined => {
    const [first] = issues;
    // Of a union, the branch that went furthest tells best what is wrong.
    if (first?.code !== 'invalid_union') return first;
    const branches = first.errors.flatMap((branch) => flat(branch) ?? []);
    const [deepest] = branches.sort((a, b) => b.path.length - a.path.length);
    return deepest === undefined ? first : { ...deepest, path: [...first.path, ...deepest.path] };
  };
  const issue = flat(error.issues);
  if (issue === undefined) return 'means nothing';
  const path = issue.path.map((step) => (typeof step === 'number' ? `condition ${step + 1}` : String(step))).join(', ');
  return `${path === '' ? '' : `${path}: `}${issue.message}`;
};

interface Found {
  readonly conditions: Map<string, readonly StatedCondition[]>;
  readonly segments: Map<string, NamedSegment>;
  readonly problems: SourceProblem[];
}

const nothing = (): Found => ({ conditions: new Map(), segments: new Map(), problems: [] });

type Content = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** What YAML says, with maps as maps, so that `__proto__` is a name like any other. References are refused. */
function contentOf(text: string): Content {
  try {
    const document = parseDocument(text, { version: '1.2', schema: 'core', logLevel: 'warn' });
    const [mistake] = [...document.errors, ...document.warnings];
    if (mistake === undefined) return { ok: true, value: document.toJS({ mapAsMap: true, maxAliasCount: 0 }) };
    return { ok: false, message: `This is not YAML: ${mistake.message.split('\n', 1)[0]?.replace(/:$/, '')}.` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `This cannot be used: ${reason}.` };
  }
}

interface Source {
  readonly origin: Origin;
  readonly place: string;
}

/** Stands for conditions that cannot be made out: none of that name may hold by what another source says alone. */
const unreadable = (mistake: string, source: Source): StatedCondition[] => [
  { condition: 'boolean', value: '', required: true, mistake, ...source },
];

function readConditions(found: Found, name: unknown, stated: unknown, source: Source): void {
  const { place } = source;
  if (typeof name !== 'string' || !isFlagName(name)) {
    const shown = String(name).slice(0, 120);
    const message = `“${shown}” cannot be the name of a flag. Use up to 100 letters, digits, underscores, dots, colons and hyphens.`;
    found.problems.push({ place, message });
    return;
  }
  const parsed = Conditions.safeParse(stated);
  const own = parsed.success
    ? parsed.data.map((each) => ({ ...each, ...source }))
    : unreadable(`This cannot be made out: ${firstIssue(parsed.error)}.`, source);
  found.conditions.set(name, own);
}

function readSegment(found: Found, key: unknown, stated: unknown, place: string): void {
  const parsed = Segment.safeParse(stated);
  if (typeof key !== 'string' || !isFlagName(key))
    found.problems.push({ place, message: `“${String(key).slice(0, 120)}” cannot be the key of a segment.` });
  else if (parsed.success) found.segments.set(key, { key, ...parsed.data });
  else found.problems.push({ place, message: `segment ${key}: ${firstIssue(parsed.error)}` });
}

const asMap = (value: unknown): Map<unknown, unknown> | undefined =>
  value === null || value === undefined ? new Map() : value instanceof Map ? value : undefined;

/** Reads the text of a settings file: `flags` and `segments`, by their names. Never throws. */
export function parseSettings(text: string, place: string): Found {
  const found = nothing();
  const content = contentOf(text);
  if (!content.ok) return { ...found, problems: [{ place, message: content.message }] };
  const top = asMap(content.value);
  const flags = asMap(top?.get('flags'));
  const segments = asMap(top?.get('segments'));
  const unknown = [...(top?.keys() ?? [])].filter((name) => name !== 'flags' && name !== 'segments');
  if (top === undefined || flags === undefined || segments === undefined || unknown.length > 0) {
    const extra = unknown.length > 0 ? ` “${String(unknown[0]).slice(0, 120)}” is neither.` : '';
    found.problems.push({ place, message: `This file needs “flags” and “segments” with names below them.${extra}` });
  }
  for (const [name, stated] of flags ?? []) readConditions(found, name, stated, { origin: 'settings', place });
  for (const [key, stated] of segments ?? []) readSegment(found, key, stated, place);
  return found;
}

/** `flags.yaml` → `flags.production.yaml`. */
export function fileFor(file: string, environment: string): string {
  const dot = /\.[^./\\]+$/.exec(file);
  return dot === null ? `${file}.${environment}` : `${file.slice(0, dot.index)}.${environment}${dot[0]}`;
}

function readFile(file: string, isNeeded: boolean): Found {
  try {
    if (!existsSync(file)) {
      const message = 'This file is not there, but FEATURE_FLAGS_FILE names it.';
      return isNeeded ? { ...nothing(), problems: [{ place: file, message }] } : nothing();
    }
    if (statSync(file).size > MAX_BYTES)
      return { ...nothing(), problems: [{ place: file, message: 'This file is larger than 1 MiB.' }] };
    return parseSettings(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...nothing(), problems: [{ place: file, message: `This file cannot be read: ${reason}` }] };
  }
}

const PREFIX = 'FLAG_';

/** The name that an environment variable means: `FLAG_CHECKOUT__SUMMARY__VIEW` is `checkout.summary.view`. */
export const nameOfVariable = (variable: string): string =>
  variable.slice(PREFIX.length).toLowerCase().replaceAll('__', '.');

/** Reads variables called `FLAG_…`; a value is what would stand behind the name in the settings file. Never throws. */
export function parseVariables(variables: Readonly<Record<string, string>>): Found {
  const found = nothing();
  for (const [variable, text] of Object.entries(variables)) {
    const content = contentOf(text);
    const stated = content.ok ? content.value : undefined;
    const name = nameOfVariable(variable);
    readConditions(found, name, stated, { origin: 'environment', place: variable });
    if (!content.ok && found.conditions.has(name))
      found.conditions.set(name, unreadable(content.message, { origin: 'environment', place: variable }));
  }
  return found;
}

/** Where the process finds flags that are not in the database. */
export interface StatedSources {
  readonly file: string;
  /** Whether the file was asked for, so that it has to be there. */
  readonly isNamed: boolean;
  readonly environment: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads the settings file, the environment's own file beside it, which replaces the names and segments that it has, and
 * the variables. Never throws: what means nothing is told in `problems`.
 */
export function readStatedFlags({ file, isNamed, environment, variables }: StatedSources): StatedFlags {
  const base = readFile(file, isNamed);
  const own = readFile(fileFor(file, environment), false);
  const fromVariables = parseVariables(variables);
  const conditions = new Map([...base.conditions, ...own.conditions]);
  for (const [name, more] of fromVariables.conditions) conditions.set(name, [...(conditions.get(name) ?? []), ...more]);
  return {
    conditions,
    segments: [...new Map([...base.segments, ...own.segments]).values()],
    problems: [...base.problems, ...own.problems, ...fromVariables.problems],
  };
}
