/** What lower case alone does not fold: İ, Σ, which it writes ς at the end of a word, and letters with two small forms. */
const ODD =
  /[\u0345\u00b5\u0130\u017f\u03a3\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5\u1c80-\u1c88\u1e9b\u1fbe]/g;

const small = (text: string): string => text.replace(ODD, (letter) => letter.toUpperCase().toLowerCase()).toLowerCase();

/**
 * A text in which upper and lower case are the same, by Unicode's simple case folding: no character becomes several, so the
 * Turkish İ stays as it is.
 */
export const fold = (text: string): string =>
  text.search(ODD) < 0 ? text.toLowerCase() : text.split('İ').map(small).join('İ');
