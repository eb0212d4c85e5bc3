import { escapeLike } from '../db';

/** Longest search that is taken; what comes after is cut, and the page says so by showing what it searched for. */
export const MAX_SEARCH = 200;

/** The words of a search; a part in double quotes is one word. At most eight count. */
export function searchWords(query: string): string[] {
  const words: string[] = [];
  for (const match of query.slice(0, MAX_SEARCH).matchAll(/"([^"]*)"?|(\S+)/g)) {
    const word = (match[1] ?? match[2] ?? '').trim();
    if (word !== '') words.push(word);
  }
  return words.slice(0, 8);
}

/** One entry of `searchFields`: which column, and how a word must match it. */
export interface SearchTarget {
  readonly column: string;
  readonly match: 'contains' | 'starts' | 'equals';
}

/** Reads `name`, `^name` (starts with), `=name` (is), `user.email` (of the related row). */
export function searchTarget(field: string): SearchTarget {
  const match = field.startsWith('^') ? 'starts' : field.startsWith('=') ? 'equals' : 'contains';
  const name = field.replace(/^[\^=]/, '');
  return { column: name.includes('.') ? name : `t.${name}`, match };
}

/** The LIKE pattern of a word for a target. */
export function likePattern(word: string, match: SearchTarget['match']): string {
  const escaped = escapeLike(word);
  if (match === 'equals') return escaped;
  return match === 'starts' ? `${escaped}%` : `%${escaped}%`;
}
