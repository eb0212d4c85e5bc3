/** A record of a CSV file with the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly values: readonly string[];
}

/** A CSV text that cannot be read; the message says on which line and why. */
export class CsvError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(`Line ${line}: ${message}`);
  }
}

/**
 * The records of a CSV text (RFC 4180): commas, quotes around values that hold commas, quotes or line breaks, a byte order
 * mark and empty lines are allowed. Throws CsvError for a quote that is never closed or stands where none may.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let values: string[] = [];
  let line = 1;
  let begun = 1;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const finish = () => {
    if (values.length > 1 || values[0] !== '') records.push({ line: begun, values });
    values = [];
    begun = line;
  };
  while (at < text.length) {
    const quoted = text[at] === '"' ? readQuoted(text, at, line) : undefined;
    const value = quoted?.value ?? text.slice(at, endOfPlain(text, at));
    if (quoted === undefined && value.includes('"'))
      throw new CsvError(line, 'a quote stands inside a value that has none around it.');
    at = quoted?.end ?? at + value.length;
    line += quoted?.breaks ?? 0;
    values.push(value);
    const next = text[at];
    if (next === ',') {
      at += 1;
      if (at === text.length) values.push('');
      continue;
    }
    if (next !== undefined && next !== '\r' && next !== '\n')
      throw new CsvError(line, 'after a closing quote comes a comma or the end of the line.');
    at += next === '\r' && text[at + 1] === '\n' ? 2 : 1;
    line += 1;
    finish();
  }
  if (values.length > 0) finish();
  return records;
}

/** Where a value without quotes ends. */
function endOfPlain(text: string, from: number): number {
  let end = from;
  while (end < text.length && text[end] !== ',' && text[end] !== '\r' && text[end] !== '\n') end += 1;
  return end;
}

function readQuoted(text: string, from: number, line: number): { value: string; end: number; breaks: number } {
  let end = from + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) throw new CsvError(line, 'a quote is never closed.');
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  const value = text.slice(from + 1, end).replaceAll('""', '"');
  return { value, end: end + 1, breaks: value.split(/\r\n|\r|\n/).length - 1 };
}
