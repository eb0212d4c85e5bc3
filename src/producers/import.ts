import { type Change, recordAudits } from '../audit';
import { type Database, inTransaction, isUniqueViolation } from '../db';
import type { Clock } from '../lib/clock';
import { CsvError, type CsvRecord, parseCsv } from '../lib/csv';
import { slugify } from '../lib/slug';
import type { Actor } from '../lib/viewer';
import { Producer } from './models';
import { bumpProducers } from './producers';
import { addMissingFlagRows, type ImportedProducer, insertProducers, takenSlugs } from './queries-admin';

/** The columns that a file may have; features are given to producers afterwards. */
const COLUMNS = ['name', 'slug', 'contact_email', 'is_active', 'tell_contact'] as const;
type Column = (typeof COLUMNS)[number];

/** Most producers of one file. */
export const MOST_IMPORTED = 10_000;

/** A file that was not imported; each problem says on which line it is. */
export class ImportError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

interface Line extends ImportedProducer {
  readonly line: number;
}

const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);

function readHead(record: CsvRecord | undefined): readonly Column[] {
  if (record === undefined) throw new ImportError(['The file is empty. Its first line names the columns.']);
  const names = record.values.map((name) => name.trim().toLowerCase());
  const unknown = names.filter((name) => !isColumn(name));
  const problems = unknown.map(
    (name) => `Line ${record.line}: there is no column “${name}”. Use ${COLUMNS.join(', ')}.`,
  );
  if (!names.includes('name')) problems.push(`Line ${record.line}: the column “name” is missing.`);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  problems.push(...twice.map((name) => `Line ${record.line}: the column “${name}” is there twice.`));
  if (problems.length > 0) throw new ImportError(problems);
  return names.filter(isColumn);
}

function readLine(columns: readonly Column[], { line, values }: CsvRecord, problems: string[]): Line | undefined {
  if (values.length !== columns.length) {
    problems.push(`Line ${line}: ${values.length} values for ${columns.length} columns.`);
    return undefined;
  }
  const given = new Map(columns.map((column, index) => [column, values[index]?.trim() ?? '']));
  if ((given.get('slug') ?? '') === '') given.set('slug', slugify(given.get('name') ?? '', 60));
  let wrong = false;
  const read = <C extends Column>(column: C): ReturnType<(typeof Producer.fields)[C]['fromDb']> => {
    const field = Producer.fields[column];
    const text = given.get(column);
    const words = text === undefined || text === '' ? undefined : { yes: 'on', no: 'off' }[text.toLowerCase()];
    const initial = field.kind === 'boolean' && (text ?? '') === '';
    const result = initial ? { success: true as const, data: field.initial() } : field.schema.safeParse(words ?? text);
    if (!result.success) {
      wrong = true;
      problems.push(`Line ${line}, ${column}: ${result.error.issues.map(({ message }) => message).join(' ')}`);
    }
    return (result.success ? result.data : field.initial()) as never;
  };
  const producer = {
    line,
    name: read('name'),
    slug: read('slug'),
    contactEmail: read('contact_email'),
    isActive: read('is_active'),
    tellContact: read('tell_contact'),
  };
  return wrong ? undefined : producer;
}

/** The producers of a CSV text. Throws ImportError with everything that is wrong with it. */
export function readProducers(text: string): readonly Line[] {
  let records: CsvRecord[];
  try {
    records = parseCsv(text);
  } catch (error) {
    if (error instanceof CsvError) throw new ImportError([error.message]);
    throw error;
  }
  const columns = readHead(records.shift());
  if (records.length > MOST_IMPORTED)
    throw new ImportError([`One file may have at most ${MOST_IMPORTED} producers; this has ${records.length}.`]);
  const problems: string[] = [];
  const lines = records.flatMap((record) => readLine(columns, record, problems) ?? []);
  const first = new Map<string, number>();
  for (const { line, slug } of lines) {
    const other = first.get(slug);
    if (other === undefined) first.set(slug, line);
    else problems.push(`Line ${line}, slug: “${slug}” is on line ${other} already.`);
  }
  if (problems.length > 0) throw new ImportError(problems);
  return lines;
}

/**
 * Adds the producers of a CSV text with their rows of flags, all off: all of them in one transaction, or none. Throws
 * ImportError with everything that is wrong, by line. Returns how many were added.
 */
export async function importProducers(
  { db, clock }: { db: Database; clock: Clock },
  actor: Actor,
  text: string,
): Promise<number> {
  const producers = readProducers(text);
  if (producers.length === 0) throw new ImportError(['The file has no producers, only the names of its columns.']);
  const assertFree = async (trx: Database): Promise<void> => {
    const taken = await takenSlugs(
      trx,
      producers.map(({ slug }) => slug),
    );
    const problems = producers
      .filter(({ slug }) => taken.has(slug))
      .map(({ line, slug }) => `Line ${line}, slug: there is already a producer “${slug}”.`);
    if (problems.length > 0) throw new ImportError(problems);
  };
  const add = () =>
    inTransaction(db, async (trx) => {
      await assertFree(trx);
      const now = clock.now();
      const ids = await insertProducers(trx, producers, now);
      await addMissingFlagRows(trx, [...ids.values()], now);
      await bumpProducers(trx, [...ids.values()]);
      const changes = producers.map(
        ({ name, slug, contactEmail }): Change => ({
          action: 'add',
          objectType: Producer.label,
          objectId: ids.get(slug) ?? 0,
          objectLabel: name,
          after: { name, slug, contact_email: contactEmail },
          message: `Added producer ${name} from a file.`,
        }),
      );
      await recordAudits(trx, clock, actor, changes);
      return producers.length;
    });
  try {
    return await add();
  } catch (error) {
    // Somebody took one of the slugs between looking and adding: looking again says which.
    if (isUniqueViolation(error)) await assertFree(db);
    throw error;
  }
}
