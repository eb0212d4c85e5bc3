/**
 * What somebody typed without the control characters that have no place in it, and which PostgreSQL cannot keep. Text of
 * several lines keeps its line breaks and tabs.
 */
export function typedText(text: string, { lines = false } = {}): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  const bad = lines ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g : /[\u0000-\u001f\u007f]/g;
  return text.replace(/\r\n?/g, '\n').replace(bad, '').trim();
}
