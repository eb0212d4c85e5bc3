// The parser of nunjucks has no published types; this is what tags need of it.
interface Token {
  lineno: number;
  colno: number;
  value: string;
}

interface Parser {
  nextToken(): Token;
  parseSignature(tolerant: null, noParentheses: true): { children: unknown[] };
  advanceAfterBlockEnd(tag?: string): void;
  parseUntilBlocks(...tags: string[]): unknown;
  skipSymbol(symbol: string): boolean;
  fail(message: string, line: number, column: number): never;
}

type NodeType = new (line: number, column: number, ...children: unknown[]) => { else_?: unknown };

interface Nodes {
  readonly If: NodeType;
  readonly FunCall: NodeType;
  readonly Symbol: NodeType;
}

/** A tag that is an `if` around a question: `{% flag "name" %}…{% else %}…{% endflag %}`. An extension of nunjucks. */
export class QuestionTag {
  readonly tags: string[];

  constructor(
    private readonly tag: string,
    /** What templates call to ask. */
    private readonly question: string,
    readonly preprocess?: (source: string) => string,
  ) {
    this.tags = [tag];
  }

  parse(parser: Parser, nodes: Nodes): unknown {
    const { lineno, colno, value } = parser.nextToken();
    const names = parser.parseSignature(null, true);
    if (names.children.length !== 1) parser.fail('this tag takes one name', lineno, colno);
    parser.advanceAfterBlockEnd(value);
    const asked = new nodes.FunCall(lineno, colno, new nodes.Symbol(lineno, colno, this.question), names);
    const body = parser.parseUntilBlocks('else', `end${this.tag}`);
    let otherwise: unknown = null;
    if (parser.skipSymbol('else')) {
      parser.advanceAfterBlockEnd('else');
      otherwise = parser.parseUntilBlocks(`end${this.tag}`);
    }
    parser.advanceAfterBlockEnd();
    return new nodes.If(lineno, colno, asked, body, otherwise);
  }
}
