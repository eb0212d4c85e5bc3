import { findCycles } from './cycles';
import { type Document, type FlagType, LIMITS, WHOLE } from './document';
import { type Known, Mistakes, validateCondition } from './validate-conditions';

export type { Mistake } from './validate-conditions';

type Unknown = Record<string, unknown>;

const isObject = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const FITS: Record<FlagType, (value: unknown) => boolean> = {
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  float: (value) => Number.isFinite(value),
  json: (value) => isJson(value),
};

/**
 * Whether a value is JSON that means the same when it is written and read again, nested no deeper than is allowed. Whole
 * numbers that are not exact have lost digits on the way here; those that JSON writes with an exponent are taken as they are.
 */
function isJson(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number')
    return (
      Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21)
    );
  if (typeof value !== 'object' || depth === LIMITS.jsonDepth) return false;
  return Object.values(value).every((inner) => isJson(inner, depth + 1));
}

/** The bytes that a value takes as JSON. */
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** Whether a value that fits its type is too large: what is short is not written out to see. */
const isLarge = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.length > LIMITS.jsonBytes / 8 && bytesOf(value) > LIMITS.jsonBytes
    : typeof value === 'object' && bytesOf(value) > LIMITS.jsonBytes;

/** Whether something may be a name. Its path is put together only where it may not: there are many names in a document. */
function isKey(mistakes: Mistakes, path: string, name: string, key: unknown): key is string {
  if (typeof key === 'string' && key !== '' && key.length <= LIMITS.key) return true;
  mistakes.add(`${path}/${name}`, `needs a text of 1 to ${LIMITS.key} characters`);
  return false;
}

function noFurther(mistakes: Mistakes, path: string, given: Unknown, names: readonly string[]): void {
  for (const name of Object.keys(given))
    if (!names.includes(name)) mistakes.add(mistakes.below(path, name), 'is not known here');
}

/** Adds what names no variant of the flag. */
type IsVariant = (path: string, name: string, variant: unknown) => void;

function validateSplit(mistakes: Mistakes, path: string, split: unknown, isVariant: IsVariant) {
  if (!Array.isArray(split) || split.length === 0)
    return mistakes.add(path, 'needs at least one variant with its weight');
  if (split.length > LIMITS.variants) return mistakes.add(path, `has more than ${LIMITS.variants} parts`);
  let sum = 0;
  for (const [index, part] of split.entries()) {
    const own = `${path}/${index}`;
    if (!isObject(part)) {
      mistakes.add(own, 'needs a variant and a weight');
      continue;
    }
    noFurther(mistakes, own, part, ['variant', 'weight']);
    isVariant(own, 'variant', part.variant);
    if (Number.isInteger(part.weight) && (part.weight as number) >= 0) sum += part.weight as number;
    else mistakes.add(`${own}/weight`, 'needs a whole number from 0');
  }
  if (sum !== WHOLE) mistakes.add(path, `weights sum to ${sum}, not to ${WHOLE}`);
}

/** What both splits and shares may say of how they place people. */
function validatePlacing(mistakes: Mistakes, path: string, { salt, by }: Unknown): void {
  if (salt !== undefined && (typeof salt !== 'string' || salt.length > LIMITS.text))
    mistakes.add(`${path}/salt`, 'needs a text');
  if (by !== undefined && (typeof by !== 'string' || by === ''))
    mistakes.add(`${path}/by`, 'needs the name of an attribute');
}

function validateServe(mistakes: Mistakes, path: string, serve: unknown, isVariant: IsVariant): void {
  if (!isObject(serve) || 'variant' in serve === 'split' in serve) {
    mistakes.add(path, 'needs either a variant or a split');
  } else if ('variant' in serve) {
    noFurther(mistakes, path, serve, ['variant']);
    isVariant(path, 'variant', serve.variant);
  } else {
    noFurther(mistakes, path, serve, ['split', 'salt', 'by']);
    validateSplit(mistakes, `${path}/split`, serve.split, isVariant);
    validatePlacing(mistakes, path, serve);
  }
}

/** Adds what is wrong with variants; returns them, none where they are no variants at all. */
function validateVariants(mistakes: Mistakes, path: string, { type, variants }: Unknown): Unknown {
  const fits = typeof type === 'string' && Object.hasOwn(FITS, type) ? FITS[type as FlagType] : undefined;
  if (fits === undefined) mistakes.add(`${path}/type`, `needs one of ${Object.keys(FITS).join(', ')}`);
  if (!isObject(variants)) {
    mistakes.add(`${path}/variants`, 'needs variants by their names');
    return {};
  }
  const names = Object.keys(variants);
  if (names.length > LIMITS.variants) mistakes.add(`${path}/variants`, `has more than ${LIMITS.variants} variants`);
  const add = (name: string, message: string) => mistakes.add(mistakes.below(`${path}/variants`, name), message);
  for (const name of names) {
    if (name === '' || name.length > LIMITS.key) add(name, `is called by a text of 1 to ${LIMITS.key} characters`);
    if (fits !== undefined && !fits(variants[name])) add(name, `needs a value of type ${String(type)}`);
    else if (fits !== undefined && isLarge(variants[name])) add(name, `takes more than ${LIMITS.jsonBytes} bytes`);
  }
  return variants;
}

function validateRules(mistakes: Mistakes, path: string, rules: unknown, known: Known, isVariant: IsVariant): void {
  if (!Array.isArray(rules)) return mistakes.add(path, 'needs a list of rules');
  if (rules.length > LIMITS.rules) mistakes.add(path, `has more than ${LIMITS.rules} rules`);
  const ids = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const own = `${path}/${index}`;
    if (!isObject(rule)) {
      mistakes.add(own, 'needs an id, a condition and what is served');
      continue;
    }
    noFurther(mistakes, own, rule, ['id', 'name', 'when', 'serve']);
    if (isKey(mistakes, own, 'id', rule.id)) {
      if (ids.has(rule.id)) mistakes.add(`${own}/id`, 'is the id of another rule of this flag, too');
      ids.add(rule.id);
    }
    if (rule.name !== undefined && typeof rule.name !== 'string') mistakes.add(`${own}/name`, 'needs a text');
    validateCondition(mistakes, `${own}/when`, rule.when, known);
    validateServe(mistakes, `${own}/serve`, rule.serve, isVariant);
  }
}

function validateFlag(mistakes: Mistakes, path: string, flag: unknown, known: Known): void {
  if (!isObject(flag)) return mistakes.add(path, 'needs a flag');
  noFurther(mistakes, path, flag, ['key', 'type', 'variants', 'enabled', 'off', 'rules', 'otherwise', 'metadata']);
  isKey(mistakes, path, 'key', flag.key);
  if (typeof flag.enabled !== 'boolean') mistakes.add(`${path}/enabled`, 'needs true or false');
  const variants = validateVariants(mistakes, path, flag);
  const isVariant: IsVariant = (where, name, variant) => {
    if (typeof variant !== 'string' || !Object.hasOwn(variants, variant))
      mistakes.add(`${where}/${name}`, 'is no variant of this flag');
  };
  if (flag.off !== null) isVariant(path, 'off', flag.off);
  validateRules(mistakes, `${path}/rules`, flag.rules, known, isVariant);
  if (flag.otherwise !== null) validateServe(mistakes, `${path}/otherwise`, flag.otherwise, isVariant);
  if (flag.metadata === undefined) return;
  if (!isObject(flag.metadata)) return mistakes.add(`${path}/metadata`, 'needs facts by their names');
  for (const [name, value] of Object.entries(flag.metadata)) {
    if (!['string', 'number', 'boolean'].includes(typeof value))
      mistakes.add(mistakes.below(`${path}/metadata`, name), 'needs a text, a number, true or false');
  }
}

function validateMembers(mistakes: Mistakes, path: string, members: unknown): void {
  if (members === undefined) return;
  if (!Array.isArray(members)) return mistakes.add(path, 'needs a list of ids');
  if (members.length > LIMITS.members) mistakes.add(path, `has more than ${LIMITS.members} ids`);
  const wrong = members.findIndex((member) => typeof member !== 'string');
  if (wrong >= 0) mistakes.add(`${path}/${wrong}`, 'needs a text');
}

function validateSegment(mistakes: Mistakes, path: string, segment: unknown, known: Known): void {
  if (!isObject(segment)) return mistakes.add(path, 'needs a segment');
  noFurther(mistakes, path, segment, ['key', 'id', 'include', 'exclude', 'when']);
  isKey(mistakes, path, 'key', segment.key);
  const { id } = segment;
  if (!Number.isInteger(id) || (id as number) < -(2 ** 31) || (id as number) >= 2 ** 31)
    mistakes.add(`${path}/id`, 'needs a whole number of 32 bits');
  validateMembers(mistakes, `${path}/include`, segment.include);
  validateMembers(mistakes, `${path}/exclude`, segment.exclude);
  if (segment.when !== undefined) validateCondition(mistakes, `${path}/when`, segment.when, known);
}

/** What entries of a list have under a name that must be each one's own, with the entry; adds those that share it. */
function byTheirOwn(mistakes: Mistakes, path: string, list: readonly unknown[], name: string): Map<unknown, Unknown> {
  const found = new Map<unknown, Unknown>();
  for (let index = 0; index < list.length; index++) {
    const each = list[index];
    if (!isObject(each) || each[name] === undefined) continue;
    if (found.has(each[name])) mistakes.add(`${path}/${index}/${name}`, `is the ${name} of another one, too`);
    found.set(each[name], each);
  }
  return found;
}

/** Every mistake in a document, with its path as a JSON pointer; empty when it can be loaded. Never throws. */
export function validate(document: unknown): Mistakes['list'] {
  const mistakes = new Mistakes();
  if (!isObject(document)) {
    mistakes.add('', 'needs a document with version, flags and segments');
    return mistakes.list;
  }
  const { version, flags, segments } = document;
  noFurther(mistakes, '', document, ['version', 'flags', 'segments']);
  if (version !== 1) mistakes.add('/version', 'needs 1');
  const lists: [string, unknown, number][] = [
    ['flags', flags, LIMITS.flags],
    ['segments', segments, LIMITS.segments],
  ];
  for (const [name, list, most] of lists) {
    if (!Array.isArray(list)) mistakes.add(`/${name}`, 'needs a list');
    else if (list.length > most) mistakes.add(`/${name}`, `has more than ${most} entries`);
  }
  if (!Array.isArray(flags) || !Array.isArray(segments)) return mistakes.list;
  const known: Known = {
    flags: byTheirOwn(mistakes, '/flags', flags, 'key'),
    segments: byTheirOwn(mistakes, '/segments', segments, 'key'),
  };
  byTheirOwn(mistakes, '/segments', segments, 'id');
  for (const [index, flag] of flags.entries()) validateFlag(mistakes, `/flags/${index}`, flag, known);
  for (const [index, segment] of segments.entries()) validateSegment(mistakes, `/segments/${index}`, segment, known);
  if (mistakes.list.length === 0) findCycles(mistakes, document as unknown as Document);
  return mistakes.list;
}
