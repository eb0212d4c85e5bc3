/** An element's start tag as it stands in a page: its name, its attributes with their entities read, and where it begins. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly index: number;
  readonly end: number;
}

const TAG = /<([a-z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|<!--[\s\S]*?-->/gi;
const ATTRIBUTE = /([^\s=/"'<>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Text with its entities read. */
export const unescapeHtml = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return NAMED[name ?? ''] ?? all;
  });

/** The start tags of a page, in order, as a browser would see them; what stands in comments is none. */
export function tagsOf(html: string): Tag[] {
  const tags: Tag[] = [];
  for (const match of html.matchAll(TAG)) {
    const [all, name, inside = ''] = match;
    if (name === undefined) continue;
    const attributes = new Map<string, string>();
    for (const [, key = '', double, single, bare] of inside.matchAll(ATTRIBUTE)) {
      const lower = key.toLowerCase();
      if (!attributes.has(lower)) attributes.set(lower, unescapeHtml(double ?? single ?? bare ?? ''));
    }
    tags.push({ name: name.toLowerCase(), attributes, index: match.index, end: match.index + all.length });
  }
  return tags;
}

/** What a browser would send of the page's form with this action if nobody touched it; repeated names become lists. */
export function formFields(html: string, action: string): Record<string, string | string[]> {
  const tags = tagsOf(html);
  const form = tags.find(
    ({ name, attributes }) =>
      name === 'form' && attributes.get('method') === 'post' && attributes.get('action') === action,
  );
  if (form === undefined) throw new Error(`the page has no form for ${action}`);
  const end = html.indexOf('</form>', form.end);
  const pairs: [string, string][] = [];
  const inside = tags.filter(({ index }) => index > form.index && index < end);
  for (const tag of inside) {
    const name = tag.attributes.get('name') ?? '';
    if (name === '' || tag.attributes.has('disabled')) continue;
    if (tag.name === 'input') {
      const type = tag.attributes.get('type') ?? 'text';
      if (['checkbox', 'radio'].includes(type) && !tag.attributes.has('checked')) continue;
      if (!['submit', 'button', 'file', 'image', 'reset'].includes(type)) {
        pairs.push([name, tag.attributes.get('value') ?? (type === 'checkbox' ? 'on' : '')]);
      }
    } else if (tag.name === 'textarea') {
      pairs.push([name, unescapeHtml(html.slice(tag.end, html.indexOf('</textarea>', tag.end)).replace(/^\n/, ''))]);
    } else if (tag.name === 'select') {
      const close = html.indexOf('</select>', tag.end);
      const options = inside.filter((each) => each.name === 'option' && each.index > tag.index && each.index < close);
      const chosen = options.filter(({ attributes }) => attributes.has('selected'));
      const sent = chosen.length > 0 || tag.attributes.has('multiple') ? chosen : options.slice(0, 1);
      for (const option of sent) pairs.push([name, option.attributes.get('value') ?? '']);
    }
  }
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of pairs) {
    if (name === '_csrf') continue;
    const known = fields[name];
    fields[name] = known === undefined ? value : [known, value].flat();
  }
  return fields;
}
