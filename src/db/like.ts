import type { Knex } from 'knex';
import { isPostgres } from './dialect';

/** Makes `%`, `_` and `\` stand for themselves in LIKE. */
export const escapeLike = (word: string): string => word.replace(/[\\%_]/g, (character) => `\\${character}`);

const isAscii = (word: string): boolean => !/[^ -~]/.test(word);

/** What `likeFolded` folds; other letters stay as they are. */
const foldAscii = (word: string): string => word.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** How a word may be written where it is found, with A to Z folded; one with other letters in each of its spellings. */
export function spellingsOf(word: string): string[] {
  const lower = word.toLowerCase();
  const others = isAscii(word) ? [] : [word, word.toUpperCase(), lower.replace(/^./u, (first) => first.toUpperCase())];
  return [...new Set([lower, ...others].map(foldAscii))];
}

/**
 * SQL for a column and a folded pattern of LIKE, without regard to the case of A to Z. PostgreSQL folds no more here than SQLite
 * does: its full folding costs three times the scan.
 */
export const likeFolded = (db: Knex): string =>
  isPostgres(db) ? 'lower(?? collate "C") like ? escape \'\\\'' : "?? like ? escape '\\'";

/** Keeps the rows in which one of the columns has the word, whatever its case. */
export function whereContains(query: Knex.QueryBuilder, db: Knex, columns: readonly string[], word: string): void {
  query.where((either) => {
    for (const column of columns) {
      for (const spelling of spellingsOf(word))
        either.orWhereRaw(likeFolded(db), [column, `%${escapeLike(spelling)}%`]);
    }
  });
}
