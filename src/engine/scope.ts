import type { Context } from './document';
import { parseInstant } from './instants';
import { type Read, readerOf } from './paths';
import { ruleAt, type Sieve } from './sieve';
import { rankOf } from './versions';

/**
 * What an attribute comes to as one number: the number itself, the rank of a version, the moment of a date, or which of the
 * values that lists of the document name it is. NaN when it is none of that kind.
 */
export type Scale = 'number' | 'version' | 'instant' | 'code';

interface Measure {
  readonly read: Read;
  readonly scale: Scale;
  /** For codes: the number of each value. */
  readonly codes: Map<unknown, number>;
}

/**
 * The attributes that a document asks about, each with a number of its own: by that number a scope keeps what it has read,
 * so that many conditions about one attribute read and parse it once.
 */
export class Slots {
  readonly readers: Read[] = [];
  readonly measures: Measure[] = [];
  private readonly byPath = new Map<string, number>();
  private readonly byScale: Readonly<Record<Scale, Map<string, number>>> = {
    number: new Map(),
    version: new Map(),
    instant: new Map(),
    code: new Map(),
  };

  /** The slot of an attribute as it is. */
  slotOf(path: string): number {
    const known = this.byPath.get(path);
    if (known !== undefined) return known;
    const slot = this.readers.push(readerOf(path)) - 1;
    this.byPath.set(path, slot);
    return slot;
  }

  /** The slot of an attribute on a scale. */
  measureOf(path: string, scale: Scale): number {
    const known = this.byScale[scale].get(path);
    if (known !== undefined) return known;
    const measure = this.measures.push({ read: readerOf(path), scale, codes: new Map() }) - 1;
    this.byScale[scale].set(path, measure);
    return measure;
  }

  /** The code of a value: the next number for one that was not named before. Equal values of one type have one code. */
  codeOf(measure: number, value: unknown): number {
    const { codes } = this.measures[measure] as Measure;
    const known = codes.get(value);
    if (known !== undefined) return known;
    codes.set(value, codes.size);
    return codes.size - 1;
  }
}

const NOBODY: Context = Object.freeze({});
/** Beyond the last rule. */
const NEVER = 2 ** 30;
const LAST_TURN = 2 ** 30;

/** What one question is asked about: a context, the time, and what was read of the context so far. */
export class Scope {
  context: Context = NOBODY;
  now = 0;
  private turn = 0;
  private readonly values: unknown[];
  private readonly valueTurns: Int32Array;
  private readonly numbers: Float64Array;
  private readonly numberTurns: Int32Array;
  private readonly readers: readonly Read[];
  private readonly measures: readonly Measure[];

  /** All slots must be known by then. */
  constructor({ readers, measures }: Slots) {
    this.readers = readers;
    this.measures = measures;
    this.values = readers.map(() => undefined);
    this.valueTurns = new Int32Array(readers.length);
    this.numbers = new Float64Array(measures.length);
    this.numberTurns = new Int32Array(measures.length);
  }

  /** Turns to another question. */
  begin(context: Context, now: number): void {
    this.context = context;
    this.now = now;
    this.turn += 1;
    if (this.turn < LAST_TURN) return;
    this.turn = 1;
    this.valueTurns.fill(0);
    this.numberTurns.fill(0);
  }

  /** What the context has in a slot. */
  value(slot: number): unknown {
    return this.valueTurns[slot] === this.turn ? this.values[slot] : this.read(slot);
  }

  /** Whether the context has something in a slot that lies within two ends on its scale. */
  isWithin(measure: number, low: number, high: number): boolean {
    if (this.numberTurns[measure] !== this.turn) this.measure(measure);
    const number = this.numbers[measure] as number;
    return number >= low && number <= high;
  }

  /** Whether the code of what the context has in a slot is among these bits, of which the first belongs to word `first`. */
  isAmong(measure: number, words: readonly number[], first: number): boolean {
    if (this.numberTurns[measure] !== this.turn) this.measure(measure);
    const code = this.numbers[measure] as number;
    const word = (code >>> 5) - first;
    return code >= 0 && word >= 0 && word < words.length && (((words[word] as number) >>> (code & 31)) & 1) === 1;
  }

  /** The rule that a sieve has for what the context has in its slot; one after all others when it has none. */
  startOf(sieve: Sieve): number {
    const { slot } = sieve;
    if (this.numberTurns[slot] !== this.turn) this.measure(slot);
    const place = (this.numbers[slot] as number) - sieve.first;
    return place >= 0 && place < sieve.length ? ruleAt(sieve, place) : NEVER;
  }

  private read(slot: number): unknown {
    const value = (this.readers[slot] as Read)(this.context);
    this.values[slot] = value;
    this.valueTurns[slot] = this.turn;
    return value;
  }

  /** Reads a slot for the first time. It returns nothing on purpose: numbers that functions hand on take memory. */
  private measure(measure: number): void {
    const { read, scale, codes } = this.measures[measure] as Measure;
    this.numbers[measure] = onScale(scale, read(this.context), codes);
    this.numberTurns[measure] = this.turn;
  }
}

function onScale(scale: Scale, value: unknown, codes: ReadonlyMap<unknown, number>): number {
  if (scale === 'code') return codes.get(value) ?? Number.NaN;
  if (scale === 'number') return Number.isFinite(value) ? (value as number) : Number.NaN;
  if (scale === 'version') return typeof value === 'string' ? rankOf(value) : Number.NaN;
  return parseInstant(value) ?? Number.NaN;
}
