import type { Operand } from './document';
import { LIMITS } from './document';
import { parseInstant } from './instants';
import { OPERATORS } from './operators';

/** Something wrong in a document: where, as a JSON pointer, and what is needed there. */
export interface Mistake {
  readonly path: string;
  readonly message: string;
}

/** Mistakes as they are found. */
export class Mistakes {
  readonly list: Mistake[] = [];

  add(path: string, message: string): void {
    this.list.push({ path, message });
  }

  /** The path of something that has a name, written as JSON pointers are. */
  below(path: string, name: string): string {
    return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  }
}

/** What conditions may refer to, by its key; it may have mistakes itself. */
export interface Known {
  readonly segments: ReadonlyMap<unknown, Unknown>;
  readonly flags: ReadonlyMap<unknown, Unknown>;
}

type Unknown = Record<string, unknown>;

const NOTHING: ReadonlySet<string> = new Set();

/** Each kind of condition by the name that tells it from the others, with what else it may have. */
const KINDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['all', NOTHING],
  ['any', NOTHING],
  ['not', NOTHING],
  ['always', NOTHING],
  ['attribute', new Set(['is', 'value', 'ignoreCase'])],
  ['after', NOTHING],
  ['before', NOTHING],
  ['share', new Set(['salt', 'by'])],
  ['segment', NOTHING],
  ['flag', new Set(['serves'])],
]);

/** How many conditions there are so far, in one tree. */
interface Count {
  conditions: number;
}

function validateGroup(m: Mistakes, path: string, group: unknown, known: Known, depth: number, count: Count): void {
  if (!Array.isArray(group) || group.length === 0) return m.add(path, 'needs at least one condition');
  for (const [index, each] of group.entries()) validateNode(m, `${path}/${index}`, each, known, depth + 1, count);
}

function validateAttribute(m: Mistakes, path: string, { attribute, is, value, ignoreCase }: Unknown): void {
  if (typeof attribute !== 'string' || attribute === '' || attribute.length > LIMITS.key)
    m.add(`${path}/attribute`, `needs the name of an attribute of at most ${LIMITS.key} characters`);
  const operator = OPERATORS.get(is as string);
  if (operator === undefined) return m.add(`${path}/is`, `needs one of ${[...OPERATORS.keys()].join(', ')}`);
  if (Array.isArray(value) && value.length > LIMITS.list)
    return m.add(`${path}/value`, `has more than ${LIMITS.list} entries`);
  if (typeof value === 'string' && value.length > LIMITS.text)
    return m.add(`${path}/value`, `has more than ${LIMITS.text} characters`);
  const wrong = operator.wrong(value as Operand | undefined);
  if (wrong !== undefined) m.add(`${path}/value`, wrong);
  if (ignoreCase === undefined) return;
  if (ignoreCase !== true) m.add(`${path}/ignoreCase`, 'needs true, or to be left out');
  else if (operator.folds !== true) m.add(`${path}/ignoreCase`, `has no meaning for ${String(is)}`);
}

function validateShare(m: Mistakes, path: string, { share, salt, by }: Unknown): void {
  const isPercent = typeof share === 'number' && share >= 0 && share <= 100;
  if (!isPercent || Math.abs(share * 1000 - Math.round(share * 1000)) > 1e-6)
    m.add(`${path}/share`, 'needs a percentage from 0 to 100 in steps of 0.001');
  if (salt !== undefined && (typeof salt !== 'string' || salt.length > LIMITS.text))
    m.add(`${path}/salt`, 'needs a text');
  if (by !== undefined && (typeof by !== 'string' || by === '')) m.add(`${path}/by`, 'needs the name of an attribute');
}

function validatePrerequisite(m: Mistakes, path: string, { flag, serves }: Unknown, known: Known): void {
  const variants = typeof flag === 'string' ? known.flags.get(flag)?.variants : undefined;
  if (typeof variants !== 'object' || variants === null) return m.add(`${path}/flag`, 'there is no such flag');
  if (!Array.isArray(serves) || serves.length === 0) return m.add(`${path}/serves`, 'needs at least one variant');
  for (const [index, variant] of serves.entries()) {
    if (typeof variant !== 'string' || !Object.hasOwn(variants, variant))
      m.add(`${path}/serves/${index}`, 'is no variant of that flag');
  }
}

function validateNode(m: Mistakes, path: string, node: unknown, known: Known, depth: number, count: Count): void {
  count.conditions += 1;
  if (depth > LIMITS.depth) return m.add(path, `is nested deeper than ${LIMITS.depth}`);
  if (count.conditions === LIMITS.conditions + 1) m.add(path, `is one of more than ${LIMITS.conditions} conditions`);
  if (count.conditions > LIMITS.conditions) return;
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return m.add(path, 'needs a condition');
  const given = node as Unknown;
  let kind: string | undefined;
  let kinds = 0;
  for (const name of Object.keys(given)) {
    if (!KINDS.has(name)) continue;
    kind = name;
    kinds += 1;
  }
  const further = kinds === 1 ? KINDS.get(kind as string) : undefined;
  if (further === undefined) return m.add(path, `needs exactly one of ${[...KINDS.keys()].join(', ')}`);
  for (const name of Object.keys(given)) {
    if (name !== kind && !further.has(name)) m.add(m.below(path, name), 'is not known here');
  }
  if (kind === 'all' || kind === 'any') validateGroup(m, `${path}/${kind}`, given[kind], known, depth, count);
  else if (kind === 'not') validateNode(m, `${path}/not`, given.not, known, depth + 1, count);
  else if (kind === 'always' && given.always !== true) m.add(`${path}/always`, 'needs true');
  else if (kind === 'attribute') validateAttribute(m, path, given);
  else if (kind === 'share') validateShare(m, path, given);
  else if (kind === 'flag') validatePrerequisite(m, path, given, known);
  else if ((kind === 'after' || kind === 'before') && parseInstant(given[kind]) === undefined)
    m.add(`${path}/${kind}`, 'needs a moment like 2026-01-31T09:00:00Z');
  else if (kind === 'segment' && (typeof given.segment !== 'string' || !known.segments.has(given.segment)))
    m.add(`${path}/segment`, 'there is no such segment');
}

/** Adds every mistake in a condition. */
export const validateCondition = (m: Mistakes, path: string, condition: unknown, known: Known): void =>
  validateNode(m, path, condition, known, 1, { conditions: 0 });
