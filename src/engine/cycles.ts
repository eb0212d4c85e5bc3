import type { Condition, Document } from './document';
import type { Mistakes } from './validate-conditions';

/** Adds what a condition asks further: flags and segments, as `flag:<key>` and `segment:<key>`. */
function addAsked(condition: Condition, asked: string[]): void {
  if ('attribute' in condition) return; // most are, and ask nothing
  if ('all' in condition) for (const each of condition.all) addAsked(each, asked);
  else if ('any' in condition) for (const each of condition.any) addAsked(each, asked);
  else if ('not' in condition) addAsked(condition.not, asked);
  else if ('segment' in condition) asked.push(`segment:${condition.segment}`);
  else if ('flag' in condition) asked.push(`flag:${condition.flag}`);
}

interface Node {
  readonly path: string;
  readonly asks: readonly string[];
}

/** The flags and segments that ask others. */
function nodesOf({ flags, segments }: Document): Map<string, Node> {
  const nodes = new Map<string, Node>();
  let asks: string[] = [];
  const add = (name: string, path: string) => {
    if (asks.length === 0) return;
    nodes.set(name, { path, asks });
    asks = [];
  };
  for (const [index, { key, rules }] of flags.entries()) {
    for (const { when } of rules) addAsked(when, asks);
    add(`flag:${key}`, `/flags/${index}`);
  }
  for (const [index, { key, when }] of segments.entries()) {
    if (when !== undefined) addAsked(when, asks);
    add(`segment:${key}`, `/segments/${index}`);
  }
  return nodes;
}

/** Where the walk is: a node, which of those that it asks comes next, and how long the longest chain from it is so far. */
interface Entered {
  readonly name: string;
  readonly node: Node;
  next: number;
  depth: number;
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
  for (const [start, first] of nodes) {
    const way: Entered[] = [];
    const enter = (name: string, node: Node) => {
      depths.set(name, 0);
      way.push({ name, node, next: 0, depth: 1 });
    };
    if (!depths.has(start)) enter(start, first);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const asked = top.node.asks[top.next];
      if (asked === undefined) {
        way.pop();
        depths.set(top.name, top.depth);
        const before = way.at(-1);
        if (before !== undefined) before.depth = Math.max(before.depth, top.depth + 1);
        if (top.depth === LONGEST_CHAIN + 1)
          mistakes.add(
            top.node.path,
            `begins a chain of more than ${LONGEST_CHAIN} flags and segments that ask one another`,
          );
        continue;
      }
      top.next += 1;
      const known = depths.get(asked);
      const node = nodes.get(asked);
      if (node === undefined)
        top.depth = Math.max(top.depth, 2); // one that asks nothing further
      else if (known === undefined) enter(asked, node);
      else if (known > 0) top.depth = Math.max(top.depth, known + 1);
      else {
        const from = way.findIndex(({ name }) => name === asked);
        const names = [...way.slice(from).map(({ name }) => name), asked];
        mistakes.add(node.path, `asks itself: ${names.join(' → ')}`);
      }
    }
  }
}
