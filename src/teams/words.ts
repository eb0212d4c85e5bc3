import type { Flag } from './types';

const NAMED_GROUPS = 3;
const NAMED_LANGUAGES = 12;

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });
const counts = new Intl.NumberFormat('en');

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[], joint = 'and'): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} ${joint} ${parts.at(-1)}`;
}

/** What people call a language, or its code when nobody calls it anything. */
export function languageName(code: string): string {
  try {
    return languageNames.of(code) ?? code;
  } catch {
    return code; // an old row may hold what is no language code
  }
}

/** `people who use German or French`. */
export function languageWords(codes: readonly string[]): string {
  const more = codes.length - NAMED_LANGUAGES;
  const names = codes.slice(0, more > 0 ? NAMED_LANGUAGES : undefined).map(languageName);
  return `people who use ${list(more > 0 ? [...names, `${more} more`] : names, 'or')}`;
}

/** `1 person`, `1,204 people`. */
export const peopleWords = (count: number): string => (count === 1 ? '1 person' : `${counts.format(count)} people`);

/** `the groups Beta, QA and 2 more`. */
export function groupWords(groups: readonly Pick<Flag['groups'][number], 'name'>[]): string {
  const names = groups.map(({ name }) => name);
  if (names.length === 1) return `the group ${names[0]}`;
  if (names.length <= NAMED_GROUPS) return `the groups ${list(names)}`;
  return `the groups ${names.slice(0, NAMED_GROUPS - 1).join(', ')} and ${names.length - NAMED_GROUPS + 1} more`;
}
