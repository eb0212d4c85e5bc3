import type { z } from 'zod';
import type { Transaction } from '../db';
import { type Content, type Json, RulesetError } from './port';

/** One feature's part of a scope: how it is read, checked, and made ready to be asked. */
export interface Part<C, V> {
  /** The name of the part in the content; never changed, because stored contents have it. */
  readonly name: string;
  readonly scope: string;
  /** What counts until something was read: the defaults of the code. */
  readonly initial: V;
  /** Reads all of it as plain JSON, in an order that is always the same. All statements of a scope see one moment. */
  readonly load: (trx: Transaction) => Promise<Json>;
  /** The form of what `load` gives. What comes from Redis or a file may be anything until this has read it. */
  readonly schema: z.ZodType<C>;
  /** Makes it ready to be asked. */
  readonly build: (content: C) => V;
}

type AnyPart = Part<unknown, unknown>;

/** The parts of all scopes. */
export class Parts {
  private readonly byScope = new Map<string, AnyPart[]>();
  private known = new WeakMap<Content, ReadonlyMap<string, unknown>>();

  /** Throws when the scope has a part of this name. */
  add<C, V>(part: Part<C, V>): void {
    const parts = this.of(part.scope);
    if (parts.some(({ name }) => name === part.name)) throw new Error(`${part.scope} has a part ${part.name} already`);
    this.byScope.set(part.scope, [...parts, part as unknown as AnyPart]);
    this.known = new WeakMap();
  }

  /** The parts of a scope; none for one that only counts revisions. */
  of(scope: string): readonly AnyPart[] {
    return this.byScope.get(scope) ?? [];
  }

  /** Reads what the parts of a scope have in the database. */
  async load(trx: Transaction, scope: string): Promise<Content> {
    const content: Record<string, Json> = Object.create(null);
    for (const part of this.of(scope)) content[part.name] = await part.load(trx);
    return content;
  }

  /**
   * What each part reads in a content, by the part's name. Throws RulesetError unless all of them can read theirs. The same
   * content is read once, however many ask.
   */
  read(scope: string, content: Content): ReadonlyMap<string, unknown> {
    const before = this.known.get(content);
    if (before !== undefined) return before;
    const read = new Map(this.of(scope).map((part) => [part.name, readPart(part, content)]));
    this.known.set(content, read);
    return read;
  }
}

function readPart({ name, scope, schema }: AnyPart, content: Content): unknown {
  const result = schema.safeParse(Object.hasOwn(content, name) ? content[name] : undefined);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = [name, ...(issue?.path ?? [])].map(String).join('.');
  throw new RulesetError(`what is kept of ${scope} cannot be read at ${place}: ${issue?.message ?? 'unknown'}`);
}
