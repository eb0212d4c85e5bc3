import { type Block, type Inline, toBlocks } from '../lib/markdown';
import type { Exchange } from './queries';

/** A reference to a source inside an answer. */
interface SourceMark {
  readonly kind: 'source';
  readonly number: number;
  readonly id: string;
}

type Shown = Inline | SourceMark;

/** An exchange as the page shows it. */
export interface ShownExchange extends Exchange {
  readonly blocks: readonly Block[];
  /** What sources are called inside the page. */
  readonly anchor: string;
}

/** Text with `[1]` as references to the sources that there are; other numbers stay text. */
function withSources(text: string, anchor: string, count: number): Shown[] {
  return text.split(/(\[\d{1,2}\])/).flatMap((piece): Shown[] => {
    const number = Number(/^\[(\d{1,2})\]$/.exec(piece)?.[1] ?? 0);
    if (number >= 1 && number <= count) return [{ kind: 'source', number, id: `${anchor}-${number}` }];
    return piece === '' ? [] : [{ kind: 'text', text: piece }];
  });
}

const mapParts = (parts: readonly Inline[], anchor: string, count: number): Shown[] =>
  parts.flatMap((part): Shown[] => {
    if (part.kind === 'text') return withSources(part.text, anchor, count);
    return 'parts' in part ? [{ ...part, parts: mapParts(part.parts, anchor, count) as Inline[] }] : [part];
  });

function mapBlock(block: Block, anchor: string, count: number): Block {
  if (block.kind === 'paragraph') return { ...block, parts: mapParts(block.parts, anchor, count) as Inline[] };
  if (block.kind === 'list')
    return { ...block, items: block.items.map((item) => item.map((each) => mapBlock(each, anchor, count))) };
  if (block.kind === 'quote') return { ...block, blocks: block.blocks.map((each) => mapBlock(each, anchor, count)) };
  // An answer is part of a page and has no headings and links of its own making.
  if (block.kind === 'heading')
    return { kind: 'paragraph', parts: [{ kind: 'strong', parts: mapParts(block.parts, anchor, count) as Inline[] }] };
  return block;
}

/** The exchange with its answer as pieces of a page. */
export function show(exchange: Exchange): ShownExchange {
  const anchor = `source-${exchange.id}`;
  const blocks = toBlocks(exchange.text).map((block) => mapBlock(block, anchor, exchange.sources.length));
  return { ...exchange, anchor, blocks };
}
