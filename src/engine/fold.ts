const folded = new Map<string, string>();

/** One character by Unicode's simple case folding: never into several, and only where the standard holds them equal. */
function foldCharacter(character: string): string {
  const known = folded.get(character);
  if (known !== undefined) return known;
  const upper = character.toUpperCase();
  const candidate = ([...upper].length === 1 ? upper : character).toLowerCase();
  const equal =
    [...candidate].length === 1 &&
    candidate !== character &&
    new RegExp(`^\\u{${(character.codePointAt(0) ?? 0).toString(16)}}$`, 'iu').test(candidate);
  const result = equal ? candidate : character;
  folded.set(character, result);
  return result;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the characters of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** A text in which upper and lower case are the same, by Unicode's simple case folding. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let result = '';
  for (const character of text) result += foldCharacter(character);
  return result;
}
