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
  ['unquoted attributes with a value from outside', /[\w:-]=\{\{/],
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

/** Variables that hold addresses by their name. Only routes and declarations may fill them, never what a person typed. */
const ADDRESS = /^(?:[\w.]+\.)?(?:href|url|action|path|next|[a-z]\w*(?:Href|Url|Path|Action))$/;
/** Expressions that give an address of ours: `asset('app.js')`, a text that starts with a path, or such a variable. */
const isAddress = (expression: string): boolean => {
  const first = expression.trim().split(/\s*[+~|]\s*|\s+(?:if|or)\s/)[0] ?? '';
  return /^asset\('[^']+'\)$/.test(first) || /^'[/?#]/.test(first) || ADDRESS.test(first);
};

function doubtfulAddresses(files: RepositoryFile[]): string[] {
  const attribute =
    /(?:\s|^)(?:href|src|action|formaction|poster|hx-(?:get|post|put|patch|delete)|hx-sse:connect)="\{\{([^}]*)\}\}/g;
  const parameter = /\b(?:href|action|url)\s*:\s*([^,{}]+?)\s*(?=[,}])/g;
  return files.flatMap(({ name, text }) =>
    [...text.matchAll(attribute), ...text.matchAll(parameter)]
      .filter(([, expression = '']) => !isAddress(expression) && !/^(?:'https:\/\/[^']*'|'')$/.test(expression.trim()))
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
    '<input value={{ name }}>',
    '{% autoescape false %}',
    '{{ flags | dump }}',
  ])('would be refused with %s', (text) => {
    expect(FORBIDDEN.filter(([, pattern]) => findings(planted(text), pattern).length > 0)).toHaveLength(1);
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
