/** A lower-case name for addresses: ASCII letters, digits and single hyphens; at most `max` characters; may be empty. */
export function slugify(text: string, max = 50): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, max)
    .replace(/^-+|-+$/g, '');
}
