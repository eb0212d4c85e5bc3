import { type MarkedToken, marked, type Token } from 'marked';
import { slugify } from './slug';

/** A piece of a line. Text is plain: whoever shows it escapes it. */
export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis'; readonly parts: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly external: boolean; readonly parts: readonly Inline[] }
  | { readonly kind: 'break' };

/** A piece of a page. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly id: string; readonly parts: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly parts: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly start: number; readonly items: readonly Block[][] }
  | { readonly kind: 'table'; readonly head: readonly Inline[][]; readonly rows: readonly Inline[][][] }
  | { readonly kind: 'rule' };

/** Lists in lists and quotes in quotes beyond this are shown as text. */
const DEEPEST = 6;
/** Longest text that is read as Markdown. */
const LONGEST = 100_000;

/** Where a link may lead: to the web, to a mail program, or to a page of ours. Anything else is shown as text. */
const ELSEWHERE = /^(?:https?:\/\/|mailto:)[^\s]+$/i;
const OURS = /^(?:#[\w-]*|\/(?![/\\])[^\s\\]*)$/;

/**
 * Reads Markdown as pieces of a page. There is no HTML in the result: what looks like a tag is text, pictures are their
 * words, and links lead to http, https, mailto or a path of ours. So nothing that is shown of it can be more than text.
 */
export function toBlocks(markdown: string): Block[] {
  const text = markdown.slice(0, LONGEST);
  try {
    return new Reader().blocks(marked.lexer(text), 0);
  } catch {
    // Nested so deep that the reader gives up: the words are still there.
    return [{ kind: 'paragraph', parts: [{ kind: 'text', text }] }];
  }
}

class Reader {
  private readonly ids = new Map<string, number>();

  blocks(tokens: readonly Token[], depth: number): Block[] {
    return tokens.flatMap((token) => this.block(token as MarkedToken, depth));
  }

  private block(token: MarkedToken, depth: number): Block[] {
    if (depth > DEEPEST) return [paragraph([{ kind: 'text', text: token.raw }])];
    switch (token.type) {
      case 'heading': {
        const parts = this.parts(token.tokens);
        return [{ kind: 'heading', level: Math.min(Math.max(token.depth, 2), 4), id: this.idOf(plain(parts)), parts }];
      }
      case 'paragraph':
        return [paragraph(this.parts(token.tokens))];
      case 'text':
        return [paragraph(token.tokens ? this.parts(token.tokens) : [{ kind: 'text', text: token.text }])];
      case 'code':
        return [{ kind: 'code', text: token.text }];
      case 'blockquote':
        return [{ kind: 'quote', blocks: this.blocks(token.tokens, depth + 1) }];
      case 'list': {
        const items = token.items.map((item) => this.blocks(item.tokens, depth + 1));
        return [{ kind: 'list', ordered: token.ordered, start: Number(token.start || 1), items }];
      }
      case 'table':
        return [
          {
            kind: 'table',
            head: token.header.map((cell) => this.parts(cell.tokens)),
            rows: token.rows.map((row) => row.map((cell) => this.parts(cell.tokens))),
          },
        ];
      case 'hr':
        return [{ kind: 'rule' }];
      case 'html':
        return token.text.trim() === '' ? [] : [paragraph([{ kind: 'text', text: token.text.trim() }])];
      default:
        return [];
    }
  }

  parts(tokens: readonly Token[] = []): Inline[] {
    return tokens.flatMap((token) => this.part(token as MarkedToken));
  }

  private part(token: MarkedToken): Inline[] {
    switch (token.type) {
      case 'strong':
      case 'em':
        return [{ kind: token.type === 'em' ? 'emphasis' : 'strong', parts: this.parts(token.tokens) }];
      case 'codespan':
        return [{ kind: 'code', text: token.text }];
      case 'br':
        return [{ kind: 'break' }];
      case 'del':
        return this.parts(token.tokens);
      case 'link': {
        const parts = this.parts(token.tokens);
        const external = ELSEWHERE.test(token.href);
        return external || OURS.test(token.href) ? [{ kind: 'link', href: token.href, external, parts }] : parts;
      }
      case 'text':
        return token.tokens ? this.parts(token.tokens) : [{ kind: 'text', text: token.text }];
      case 'image':
      case 'escape':
      case 'html':
        return [{ kind: 'text', text: token.text }];
      default:
        return [];
    }
  }

  /** A name for a heading that no other heading of the page has. */
  private idOf(text: string): string {
    const name = `section-${slugify(text, 60) || 'part'}`;
    const times = this.ids.get(name) ?? 0;
    this.ids.set(name, times + 1);
    return times === 0 ? name : `${name}-${times + 1}`;
  }
}

const paragraph = (parts: readonly Inline[]): Block => ({ kind: 'paragraph', parts });

/** The words of a line. */
export const plain = (parts: readonly Inline[]): string =>
  parts
    .map((part) => {
      if (part.kind === 'break') return ' ';
      return 'parts' in part ? plain(part.parts) : part.text;
    })
    .join('');

/** The words of a piece of a page, on one line. */
export function plainBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
    case 'paragraph':
      return plain(block.parts);
    case 'code':
      return block.text;
    case 'quote':
      return block.blocks.map(plainBlock).join(' ');
    case 'list':
      return block.items.map((item) => item.map(plainBlock).join(' ')).join(' ');
    case 'table':
      return [block.head, ...block.rows].map((row) => row.map(plain).join(' ')).join(' ');
    case 'rule':
      return '';
  }
}

/** The words of a whole page, on one line. */
export const plainText = (blocks: readonly Block[]): string =>
  blocks
    .map(plainBlock)
    .filter((text) => text !== '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();

/** The headings of a page, for a list of its contents. */
export const headingsOf = (blocks: readonly Block[]): { id: string; level: number; text: string }[] =>
  blocks.flatMap((block) =>
    block.kind === 'heading' ? [{ id: block.id, level: block.level, text: plain(block.parts) }] : [],
  );
