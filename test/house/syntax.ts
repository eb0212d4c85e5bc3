import { parseSync } from '@swc/core';
import type { RepositoryFile } from './files';

/** A part of a source file as the parser has it. */
export interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [part: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string' && 'span' in value;

/** A part of a source file with its text, and where it stands. */
export interface Place {
  readonly node: Node;
  text(): string;
  /** `file:line: the text`. */
  at(): string;
}

/** All parts of a source file, outer ones first. */
export function syntaxOf({ name, text }: RepositoryFile): Place[] {
  const module = parseSync(text, { syntax: 'typescript', target: 'es2023' }) as unknown as Node;
  const bytes = Buffer.from(text);
  // Places are counted in bytes, from wherever the parser begins to count.
  const start = module.span.start;
  const found: Place[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const each of value) visit(each);
      return;
    }
    if (isNode(value)) {
      const [from, to] = [value.span.start - start, value.span.end - start];
      const own = () => bytes.subarray(from, to).toString();
      const line = () => bytes.subarray(0, from).toString().split('\n').length;
      found.push({ node: value, text: own, at: () => `${name}:${line()}: ${own().split('\n', 1)[0]}` });
    }
    for (const [part, inner] of Object.entries(value)) if (part !== 'span') visit(inner);
  };
  visit(module.body);
  return found;
}

/** The name of a property that is read or written by its name, as `a.b`, `a['b']`, `{ b }` or `{ b: … }`. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier' || value.type === 'StringLiteral') return String(value.value);
  return value.type === 'Computed' ? literalOf(value.expression) : undefined;
}

const literalOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === 'StringLiteral' ? String(value.value) : undefined;

/** The names of an object literal's properties, or of what a pattern takes out of an object. */
export function propertiesOf(node: Node): string[] {
  const properties = Array.isArray(node.properties) ? (node.properties as unknown[]) : [];
  return properties.flatMap((property) => {
    if (!isNode(property)) return nameOf((property as { key?: unknown }).key) ?? [];
    return nameOf(property.type === 'Identifier' ? property : property.key) ?? [];
  });
}
