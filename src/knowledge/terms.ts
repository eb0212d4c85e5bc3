/** Most words of a search that count, and their longest length. */
const MOST = 12;
const LONGEST = 40;

/** Words that stand in every text and every question, so that they say nothing about either. */
const COMMON = new Set(
  'a about am an and any are as at be been but by can could did do does doing for from get got had has have how i if in into is it its just let may me might must my no not of on or our out please shall should so some tell than that the their them then there these they this those to up us want was we were what when where which who why will with would you your'.split(
    ' ',
  ),
);

/** A word without accents and capitals, as both databases index it. */
export const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Endings of English words that seldom change what is meant, the longest first. */
const ENDINGS = [
  'ations',
  'ation',
  'ments',
  'ment',
  'ings',
  'ing',
  'ies',
  'ied',
  'ers',
  'ed',
  'es',
  'er',
  's',
  'e',
  'y',
];

/** The beginning that a word shares with its other forms: `refunds`, `refunded` and `refunding` give `refund`. */
export function stem(word: string): string {
  if (/\d/.test(word)) return word;
  const ending = ENDINGS.find((each) => word.endsWith(each) && word.length - each.length >= 4);
  return ending === undefined ? word : word.slice(0, -ending.length);
}

/** The words of a text as they are indexed. */
export const wordsOf = (text: string): string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * What to look for when somebody types a text: the beginnings of its words, each once, without those that say nothing. Made of
 * letters and digits only, so it means the same to both databases whatever was typed.
 */
export function searchTerms(text: string): string[] {
  const telling = tellingTerms(text);
  return telling.length > 0 ? telling : termsOf(text, () => true);
}

/** The same, and nothing for a text that is made of words that say nothing. */
export const tellingTerms = (text: string): string[] => termsOf(text, (word) => !COMMON.has(word) && word.length > 1);

const termsOf = (text: string, counts: (word: string) => boolean): string[] => {
  const words = wordsOf(text.slice(0, 500)).map((word) => word.slice(0, LONGEST));
  return [...new Set(words.filter(counts).map(stem))].slice(0, MOST);
};

/** A piece of text, and whether it is what was looked for. */
export interface Part {
  readonly text: string;
  readonly hit: boolean;
}

/** The text cut where words begin as one of the terms does. Joined, the pieces are the text again. */
export function highlight(text: string, terms: readonly string[]): Part[] {
  const parts: Part[] = [];
  const add = (piece: string, hit: boolean) => {
    const last = parts.at(-1);
    if (piece === '') return;
    if (last?.hit === hit) parts[parts.length - 1] = { text: last.text + piece, hit };
    else parts.push({ text: piece, hit });
  };
  let end = 0;
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const word = fold(match[0]);
    if (!terms.some((term) => word.startsWith(term))) continue;
    add(text.slice(end, match.index), false);
    add(match[0], true);
    end = match.index + match[0].length;
  }
  add(text.slice(end), false);
  return parts;
}

/** About so many characters around the place where most of the terms come together, cut between words. */
export function excerpt(text: string, terms: readonly string[], length = 220): Part[] {
  if (text.length <= length) return highlight(text, terms);
  const hits = [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)]
    .filter(([word]) => terms.some((term) => fold(word).startsWith(term)))
    .slice(0, 200);
  const found = (from: number) =>
    new Set(
      hits
        .filter(({ index }) => index >= from && index < from + length)
        .map(([word]) => terms.find((term) => fold(word).startsWith(term))),
    ).size;
  const best = hits.reduce((best, { index }) => (found(index) > found(best) ? index : best), hits[0]?.index ?? 0);
  const from = Math.max(0, Math.min(best - 60, text.length - length));
  const start = from === 0 ? 0 : text.indexOf(' ', from) + 1;
  const stop = start + length >= text.length ? text.length : text.lastIndexOf(' ', start + length);
  const cut = text.slice(start, stop > start ? stop : start + length).trim();
  return highlight(`${start > 0 ? '… ' : ''}${cut}${stop < text.length ? ' …' : ''}`, terms);
}
