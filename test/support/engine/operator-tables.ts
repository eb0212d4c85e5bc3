import operators from '../../../conformance/operators.json';

interface Case {
  readonly value?: unknown;
  readonly ignoreCase?: boolean;
  readonly holds: readonly unknown[];
  readonly fails: readonly unknown[];
  readonly missing?: boolean;
}

const code = (value: unknown): string => `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
const codes = (values: readonly unknown[], missing: boolean): string =>
  [...values.map(code), ...(missing ? ['nothing at all'] : [])].join(' ') || '–';

function line({ value, ignoreCase, holds, fails, missing }: Case): string {
  const operand = value === undefined ? '–' : `${code(value)}${ignoreCase ? ', any case' : ''}`;
  return `| ${operand} | ${codes(holds, missing === true)} | ${codes(fails, missing === false)} |`;
}

/** The tables of docs/evaluation.md, as the tests of the operators have them. */
export function operatorTables(): string {
  const tables = operators.map(({ is, takes, meaning, cases }) =>
    [
      `### \`${is}\``,
      '',
      `${meaning} Takes ${takes}.`,
      '',
      '| value | holds of | does not hold of |',
      '|---|---|---|',
      ...(cases as readonly Case[]).map(line),
    ].join('\n'),
  );
  return tables.join('\n\n');
}

const BEGIN = '<!-- The tables below are made by `npm run docs:operators`. -->';
const END = '<!-- The tables end here. -->';

/** A page with the tables between its two marks. */
export function withTables(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('The page has no place for the tables.');
  return `${page.slice(0, begin + BEGIN.length)}\n\n${operatorTables()}\n\n${page.slice(end)}`;
}
