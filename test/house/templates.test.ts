import { at, findings, type RepositoryFile, repositoryFiles } from './files';

/**
 * Templates as the rules see them: without `{# comments #}`, at unchanged line numbers.
 * Everything below reads text; what only a browser can tell is left to the browser tests.
 */
const withoutNotes = ({ name, text }: RepositoryFile): RepositoryFile => ({
  name,
  text: text.replace(/\{#[\s\S]*?#\}/g, (note) => note.replace(/[^\n]/g, ' ')),
});

const templates = repositoryFiles(['views', 'partials'], /\.njk$/).map(withoutNotes);
const planted = (text: string): RepositoryFile[] => [withoutNotes({ name: 'planted.njk', text })];

/** What the content security policy forbids or what needs eval, with the reason. */
const FORBIDDEN: [string, RegExp][] = [
  ['hx-on needs eval', /\bhx-on\b/i],
  ['js: values need eval', /=\s*["']\s*(?:js|javascript):/i],
  ['filtered triggers need eval', /\b(?:hx-)?trigger['"]?\s*[:=]\s*(["'])(?:(?!\1).*?,)?\s*[\w:.-]+\s*\[/i],
  ['inline styles', /<[a-z][^<>]*\sstyle\s*=|<style\b/i],
  ['inline event handlers', /<[a-z][^<>]*\son[a-z]+\s*=/i],
  ['inline scripts', /<script\b(?![^>]*\bsrc=)(?![^>]*\btype="application\/json")/i],
  ['escaping switched off', /\{%-?\s*autoescape\b/],
  ['the dump filter, whose output can end a script element', /\|\s*dump\b/],
];

/**
 * Uses of `| safe` on anything but a block captured in the same template: `{% set x %}…{% endset %}` is escaped while it
 * is captured, and would be escaped a second time without the filter.
 */
function unauditedSafe(files: RepositoryFile[]): string[] {
  return files.flatMap(({ name, text }) =>
    [...text.matchAll(/(\{[{%][^}]*?)\|\s*safe\b/g)]
      .filter(([, before = '']) => {
        const variable = /^\{\{-?\s*(\w+)\s*(?:\|\s*replace\('[^']*', '[^']*'\)\s*)*$/.exec(before)?.[1];
        return variable === undefined || !isCaptured(text, variable);
      })
      .map((match) => at(name, text, match.index)),
  );
}

/** Whether every assignment of a variable is a captured block. */
function isCaptured(text: string, variable: string): boolean {
  const assignments = [...text.matchAll(new RegExp(`\\{%-?\\s*set\\s+${variable}\\b\\s*(=|-?%\\})`, 'g'))];
  return assignments.length > 0 && assignments.every(([, kind]) => kind !== '=');
}

/** Attributes whose value is filled in without quotes around it: a space in the value would begin another attribute. */
function unquotedAttributes(files: RepositoryFile[]): string[] {
  const same = (part: string, filler: string) => part.replace(/[^\n]/g, filler);
  return files.flatMap(({ name, text }) => {
    const html = text
      .replace(/\{%[\s\S]*?%\}/g, (part) => same(part, ' '))
      .replace(/\{\{[\s\S]*?\}\}/g, (part) => same(part, '\uE000'));
    return [...html.matchAll(/<[a-z](?:"[^"]*"|'[^']*'|[^<>"'])*>/gi)].flatMap((tag) => {
      const bare = tag[0].replace(/"[^"]*"|'[^']*'/g, (part) => same(part, '-'));
      return [...bare.matchAll(/=\s*\uE000/g)].map((match) => at(name, text, tag.index + match.index));
    });
  });
}

/** Variables that hold addresses by their name. Only routes and declarations may fill them, never what a person typed. */
const ADDRESS = /^(?:[\w.[\]]+\.)?(?:href|url|action|path|next|[a-z]\w*(?:Href|Url|Path|Action))$/;
/** The same under other names, looked at one by one. */
const AUDITED_ADDRESSES: Record<string, string> = {
  'view.lookup': "the admin's own autocomplete route",
  again: 'the form that this page answers, as its template names it',
  back: 'the onboarding step before this one',
  older: 'the same history from an earlier entry on',
};

/** Whether an expression gives an address of ours: `asset('app.js')`, a text that begins with a path, or such a variable. */
function isAddress(expression: string): boolean {
  const start = expression.replace(/[+~]\s*\([^()]*\)/g, ''); // what is added behind does not decide
  const alternatives = start.trim().split(/\s+if\s+(?:(?!\selse\s).)*?\s+else\s+|\s+or\s+|\s+if\s+.*$/);
  return alternatives
    .filter((part) => part !== '')
    .every((part) => {
      const first = part.replace(/^[\s(]+/, '').split(/\s*[+~|)]/)[0] ?? '';
      return (
        /^asset\('[^']+'$/.test(first) ||
        /^'(?:[/?#]|')/.test(first) ||
        ADDRESS.test(first) ||
        first in AUDITED_ADDRESSES
      );
    });
}

function doubtfulAddresses(files: RepositoryFile[]): string[] {
  const attribute =
    /(?:\s|^)(?:href|src|action|formaction|poster|hx-(?:get|post|put|patch|delete)|hx-sse:connect)="\{\{([^}]*)\}\}/g;
  const parameter = /\b(?:href|action|url)\s*:\s*([^,{}]+?)\s*(?=[,}])/g;
  return files.flatMap(({ name, text }) =>
    [...text.matchAll(attribute), ...text.matchAll(parameter)]
      .filter(([, expression = '']) => !isAddress(expression))
      .map((match) => at(name, text, match.index + match[0].search(/\S/))),
  );
}

/** Forms that change something and carry no token. */
function unprotectedForms(files: RepositoryFile[]): string[] {
  return files.flatMap(({ name, text }) => {
    const plain = [...text.matchAll(/<form\b[^>]*\bmethod="post"[\s\S]*?(?:<\/form>|$)/gi)].filter(
      ([form]) => !/csrfField\(|name="_csrf"/.test(form),
    );
    const built = [...text.matchAll(/\bformOpen\(\s*\{/g)].filter((match) => {
      const call = text.slice(match.index, endOfCall(text, match.index + match[0].length));
      return !/\bcsrf\s*:/.test(call) && !/\bmethod\s*:\s*'get'/.test(call);
    });
    return [...plain, ...built].map((match) => at(name, text, match.index));
  });
}

/** Where the object that was opened just before `from` closes. */
function endOfCall(text: string, from: number): number {
  for (let depth = 1, index = from; index < text.length; index++) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth === 0) return index;
  }
  return text.length;
}

describe('templates', () => {
  it.each(FORBIDDEN)('have none of this: %s', (_reason, pattern) => {
    expect(findings(templates, pattern)).toEqual([]);
  });

  it.each([
    '<button hx-on:click="x()">',
    '<a href="javascript:x()">',
    `<div hx-vals='js:{a: 1}'>`,
    '<input hx-trigger="keyup[key==1]">',
    '<input hx-trigger="load, click[ctrlKey]">',
    '<p class="a" style="color:red">',
    '<style>p{}</style>',
    '<p onclick="x()">',
    '<script>x()</script>',
    '{% autoescape false %}',
    '{{ flags | dump }}',
  ])('would be refused with %s', (text) => {
    expect(FORBIDDEN.filter(([, pattern]) => findings(planted(text), pattern).length > 0)).toHaveLength(1);
  });

  it('quote every attribute', () => {
    expect(unquotedAttributes(templates)).toEqual([]);
    expect(unquotedAttributes(planted('<p id="a">\n<input class="b" value={{ name }}>'))).toHaveLength(1);
    expect(
      unquotedAttributes(planted('<a href="/x?a={{ a }}"{% if b %} id="{{ b }}"{% endif %}>={{ c }}</a>')),
    ).toEqual([]);
  });

  it('switch escaping off only for what they escaped themselves', () => {
    expect(unauditedSafe(templates)).toEqual([]);
    expect(unauditedSafe(planted('<p>{{ note | safe }}</p>'))).toHaveLength(1);
    expect(unauditedSafe(planted('{% set note = flag.note %}{{ note | safe }}'))).toHaveLength(1);
    expect(unauditedSafe(planted('{% set note %}<b>{{ text }}</b>{% endset %}{{ note | safe }}'))).toEqual([]);
  });

  it('link only to addresses that we make', () => {
    expect(doubtfulAddresses(templates)).toEqual([]);
  });

  it.each([
    '<a href="{{ user.website }}">',
    `{{ button({ text: 'Go', href: flag.note }) }}`,
    '<img src="{{ value }}">',
  ])('would be refused for the address in %s', (text) => {
    expect(doubtfulAddresses(planted(text))).toHaveLength(1);
  });

  it.each([
    '<a href="/flags/{{ flag.id }}">',
    '<a href="{{ item.href }}">',
    `<script src="{{ asset('app.js') }}" defer></script>`,
    `{{ button({ text: 'Go', href: '/admin/' + model.name }) }}`,
    `{{ formOpen({ action: (objectUrl + 'change/') if row else (listUrl + 'add/') }) }}`,
    `<a href="{{ crumbs[0].href or '/' }}">`,
  ])('may link like this: %s', (text) => {
    expect(doubtfulAddresses(planted(text))).toEqual([]);
  });

  it('give every form that changes something a CSRF token', () => {
    expect(unprotectedForms(templates)).toEqual([]);
    expect(unprotectedForms(planted('<form method="post" action="/x"><button>Go</button></form>'))).toHaveLength(1);
    expect(unprotectedForms(planted(`{{ formOpen({ action: '/x', htmx: { swap: 'none' } }) }}`))).toHaveLength(1);
    expect(unprotectedForms(planted(`{{ formOpen({ action: '/x', csrf: csrfToken() }) }}`))).toEqual([]);
  });
});
