import type { Database } from '../db';
import type { FeatureFlagsManager, NamedFlag } from './manager';
import { CONVENTION, followsConvention } from './operations';
import { knownEmails, knownGroups } from './queries';

/** Something in a source that is not as it should be. The ids stay the same for ever. */
export interface SourceFinding {
  /** E001 an unknown condition, E002 a value that cannot be, E003 a source that cannot be read, W001 an unusual name. */
  readonly id: 'flags.E001' | 'flags.E002' | 'flags.E003' | 'flags.W001';
  readonly message: string;
  readonly hint: string;
}

const NEVER = 'It never holds until it is put right.';

function ofConditions({ name, reads }: NamedFlag): SourceFinding[] {
  return reads.flatMap(({ stated, read }) => {
    if (read.ok) return [];
    const which = `${name}, in ${stated.place}: ${stated.mistake === undefined ? `${stated.condition} “${stated.value}”. ` : ''}`;
    const id = read.fault === 'unknown' ? 'flags.E001' : 'flags.E002';
    return [{ id, message: `${which}${read.message}`, hint: NEVER } as const];
  });
}

/** What is wrong in what memory has of all sources. */
export function sourceFindings(flags: FeatureFlagsManager): SourceFinding[] {
  const problems = flags.stated.problems.map(
    ({ place, message }): SourceFinding => ({
      id: 'flags.E003',
      message: `${place}: ${message}`,
      hint: 'What could be read of it counts. Put it right and start again.',
    }),
  );
  return [...problems, ...flags.list().flatMap(ofConditions)];
}

/** Conditions that name somebody who is not there. */
async function ofAbsent(db: Database, flags: readonly NamedFlag[]): Promise<SourceFinding[]> {
  const named = flags.flatMap(({ name, reads }) =>
    reads.flatMap(({ stated, read }) => (read.ok ? [{ name, stated, word: stated.value.trim() }] : [])),
  );
  const users = named.filter(({ stated, word }) => stated.condition === 'user' && word.includes('@'));
  const groups = named.filter(({ stated }) => stated.condition === 'group');
  const emails = await knownEmails(db, [...new Set(users.map(({ word }) => word.toLowerCase()))]);
  const names = await knownGroups(db, [...new Set(groups.map(({ word }) => word))]);
  const absent = [
    ...users.filter(({ word }) => !emails.has(word.toLowerCase())).map((each) => ({ ...each, what: 'account' })),
    ...groups.filter(({ word }) => !names.has(word)).map((each) => ({ ...each, what: 'group' })),
  ];
  return absent.map(({ name, stated, word, what }) => ({
    id: 'flags.E002',
    message: `${name}, in ${stated.place}: ${stated.condition} “${word}”. There is no such ${what}.`,
    hint: NEVER,
  }));
}

/** All that `manage check` says of flags with conditions. `flags` has what memory has; the rest is asked of the database. */
export async function findings(db: Database, flags: FeatureFlagsManager): Promise<SourceFinding[]> {
  const all = flags.list();
  const unusual = all
    .filter(({ name }) => !followsConvention(name))
    .map(
      ({ name }): SourceFinding => ({
        id: 'flags.W001',
        message: `The flag ${name} has an unusual name.`,
        hint: CONVENTION,
      }),
    );
  return [...sourceFindings(flags), ...(await ofAbsent(db, all)), ...unusual];
}
