import type { Condition, Document } from './document';
import type { Mistakes } from './validate-conditions';

/** What a condition asks further: flags and segments, as `flag:<key>` and `segment:<key>`. */
function askedBy(condition: Condition | undefined): string[] {
  if (condition === undefined) return [];
  if ('all' in condition) return condition.all.flatMap(askedBy);
  if ('any' in condition) return condition.any.flatMap(askedBy);
  if ('not' in condition) return askedBy(condition.not);
  if ('segment' in condition) return [`segment:${condition.segment}`];
  if ('flag' in condition) return [`flag:${condition.flag}`];
  return [];
}

interface Node {
  readonly path: string;
  readonly asks: readonly string[];
}

function nodesOf({ flags, segments }: Document): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const [index, { key, rules }] of flags.entries())
    nodes.set(`flag:${key}`, { path: `/flags/${index}`, asks: rules.flatMap(({ when }) => askedBy(when)) });
  for (const [index, { key, when }] of segments.entries())
    nodes.set(`segment:${key}`, { path: `/segments/${index}`, asks: askedBy(when) });
  return nodes;
}

/** Deeper chains of flags and segments that ask one another would be a long way to a decision, and run out of stack. */
const LONGEST_CHAIN = 100;

/**
 * Adds each flag and segment that asks itself by way of others, and chains that are too long. Walks without recursion, for
 * a document may hold tens of thousands of links.
 */
export function findCycles(mistakes: Mistakes, document: Document): void {
  const nodes = nodesOf(document);
  /** How long the longest chain from a node is; 0 while it is being walked. */
  const depths = new Map<string, number>();
  for (const start of nodes.keys()) {
    const way: { name: string; next: number; depth: number }[] = [];
    const enter = (name: string) => {
      depths.set(name, 0);
      way.push({ name, next: 0, depth: 1 });
    };
    if (!depths.has(start)) enter(start);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const { path = '', asks = [] } = nodes.get(top.name) ?? {};
      const asked = asks[top.next];
      if (asked === undefined) {
        way.pop();
        depths.set(top.name, top.depth);
        const before = way.at(-1);
        if (before !== undefined) before.depth = Math.max(before.depth, top.depth + 1);
        if (top.depth === LONGEST_CHAIN + 1)
          mistakes.add(path, `begins a chain of more than ${LONGEST_CHAIN} flags and segments that ask one another`);
        continue;
      }
      top.next += 1;
      const known = depths.get(asked);
      if (known === 0) {
        const from = way.findIndex(({ name }) => name === asked);
        const names = [...way.slice(from).map(({ name }) => name), asked];
        mistakes.add(nodes.get(asked)?.path ?? '', `asks itself: ${names.join(' → ')}`);
      } else if (known !== undefined) top.depth = Math.max(top.depth, known + 1);
      else if (nodes.has(asked)) enter(asked);
    }
  }
}
