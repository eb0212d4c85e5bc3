import { fold } from './fold';

describe('folding', () => {
  it.each([
    ['Plain TEXT 1', 'plain text 1'],
    ['', ''],
    ['ÄPFEL', 'äpfel'],
    ['Straße', 'straße'],
    ['STRAẞE', 'straße'],
    ['ΣΑΣ', 'σασ'],
    ['ς', 'σ'],
    ['ας', 'ασ'],
    ['\u017f\u212a\u2126', 'skω'],
    ['ΜΙΚΡΟ \u00b5', 'μικρο \u03bc'],
    ['I\u0130ıi', 'i\u0130ıi'],
    ['ΑΣ\u0130ΑΣ', 'ασ\u0130ασ'],
    ['\u01c4\u01c5\u01c6', '\u01c6\u01c6\u01c6'],
    ['\u{10400}', '\u{10428}'],
  ])('%j gives %j', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  // What upper and lower case make of a character, where that is one character and the regular expressions of the language,
  // which fold simply, hold the two equal.
  it('is that of Unicode, the simple one, for each character there is', () => {
    const simple = (character: string): string => {
      const upper = character.toUpperCase();
      const lower = (upper.length === character.length ? upper : character).toLowerCase();
      if (lower === character || lower.length !== character.length) return character;
      const point = character.codePointAt(0)?.toString(16);
      return new RegExp(`^\\u{${point}}$`, 'iu').test(lower) ? lower : character;
    };
    const wrong: string[] = [];
    for (let code = 0; code < 0x2_0000; code++) {
      const character = String.fromCodePoint(code);
      if (fold(character) !== simple(character)) wrong.push(`U+${code.toString(16)}`);
    }
    expect(wrong).toEqual([]);
  });
});
