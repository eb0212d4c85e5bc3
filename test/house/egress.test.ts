import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';
import { type RepositoryFile, repositoryFiles } from './files';
import { type Node, nameOf, propertiesOf, syntaxOf } from './syntax';

// Outgoing HTTP leaves through src/egress and nowhere else. This reads the code for everything that could open a connection:
// what the platform has for it, its modules, and libraries that bring their own. Biome says the same of `fetch` while
// somebody types.

const IS_EGRESS = /^src\/egress\//;

/** What the platform gives everybody. */
const GLOBALS = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']);
const MAY_USE_GLOBALS: Record<string, string> = {
  'src/producers/client.ts': 'runs in the programs of others, who call us',
};

/** Modules of Node.js that open connections, and what of each opens none. */
const MODULES: Record<string, string[]> = {
  http: ['createServer', 'STATUS_CODES'],
  https: [],
  http2: [],
  net: ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  tls: [],
  dgram: [],
};

/** Libraries that open connections, and who may load them: a file, or a folder. */
const LIBRARIES: [RegExp, Record<string, string>][] = [
  [/^undici$/, { 'src/egress/': 'it is what calls are made with' }],
  [/^pg$/, { 'src/db/': 'the database', 'src/snapshots/listener.ts': 'hears of changes by the database' }],
  [
    /^ioredis$/,
    { 'src/snapshots/redis-store.ts': 'Redis of the operator', 'src/integrations/': 'Redis of the operator' },
  ],
  [/^nodemailer$/, { 'src/mail/transport.ts': 'mail goes by SMTP to the server that the operator names' }],
  [/^posthog-node$/, { 'src/analytics/posthog.ts': 'is given our fetch' }],
  [/^passport-github2$/, { 'src/auth/github.ts': 'makes its requests by our fetch' }],
  [/^(?:openid-client|oauth4webapi)$/, { 'src/integrations/': 'is given our fetch' }],
  [/^@octokit\/.+$/, { 'src/github/client.ts': 'is given our fetch' }],
  [
    /^(?:axios|eventsource|got|ky|needle|node-fetch|oauth|passport-oauth2|redis|request|simple-oauth2|superagent|ws)$/,
    {},
  ],
];

/** Files without any of these words need not be parsed. */
const SUSPICIOUS = new RegExp(
  [...GLOBALS, ...Object.keys(MODULES).map((name) => `['"](?:node:)?${name}['"]`)]
    .join('|')
    .concat(
      '|undici|pg|redis|nodemailer|posthog|passport-|openid|oauth|octokit|axios|eventsource|got|ky|needle|fetch|request|superagent|ws',
    ),
);

const isIn = (places: Record<string, string>, file: string): boolean =>
  Object.keys(places).some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));

interface Loaded {
  readonly specifier: string;
  /** The names that are taken; undefined when it is everything. */
  readonly names: string[] | undefined;
}

/** What a place loads at run time. */
function loadedBy(node: Node): Loaded | undefined {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration') {
    if (node.typeOnly === true || node.source == null) return undefined;
    const specifiers = (node.specifiers as Node[]).filter(({ isTypeOnly }) => isTypeOnly !== true);
    if (specifiers.length === 0 && (node.specifiers as Node[]).length > 0) return undefined;
    const names = specifiers.map((each) =>
      each.type === 'ImportSpecifier' || each.type === 'ExportSpecifier'
        ? nameOf(each.imported ?? each.orig ?? each.local)
        : undefined,
    );
    const known = names.filter((name) => name !== undefined);
    return { specifier: nameOf(node.source) ?? '', names: known.length < names.length ? undefined : known };
  }
  if (node.type === 'ExportAllDeclaration') return { specifier: nameOf(node.source) ?? '', names: undefined };
  if (node.type !== 'CallExpression') return undefined;
  const callee = node.callee as Node;
  const isLoading =
    callee.type === 'Import' ||
    nameOf(callee) === 'require' ||
    /^process\.(?:getBuiltinModule|binding)$/.test(memberOf(callee));
  const [first] = node.arguments as { expression: Node }[];
  return isLoading && first?.expression.type === 'StringLiteral'
    ? { specifier: String(first.expression.value), names: undefined }
    : undefined;
}

const memberOf = (node: Node): string =>
  node.type === 'MemberExpression' ? `${nameOf(node.object)}.${nameOf(node.property)}` : '';

/** Names that say which property is meant, not what it holds. */
function labelsOf(node: Node): unknown[] {
  if (node.type === 'MemberExpression') return [node.property];
  if (node.type === 'ObjectExpression' || node.type === 'ObjectPattern') {
    return (node.properties as { key?: unknown; type: string }[])
      .filter(({ type }) => type !== 'AssignmentPatternProperty')
      .map(({ key }) => key);
  }
  // `const { fetch } = …` takes whatever is called so.
  return node.type === 'AssignmentPatternProperty' ? [] : [node.key];
}

const isOfGlobal = (value: unknown): boolean => ['globalThis', 'global'].includes(nameOf(value) ?? '');

/** Whether something of the platform is taken out of the global object, by a text or under another name. */
function takesGlobal(node: Node): boolean {
  if (node.type === 'VariableDeclarator') {
    return isOfGlobal(node.init) && propertiesOf(node.id as Node).some((name) => GLOBALS.has(name));
  }
  return node.type === 'MemberExpression' && isOfGlobal(node.object) && GLOBALS.has(nameOf(node.property) ?? '');
}

function objectionsTo(file: RepositoryFile): string[] {
  const { name } = file;
  if (IS_EGRESS.test(name) || !SUSPICIOUS.test(file.text)) return [];
  const places = syntaxOf(file);
  const labels = new Set(places.flatMap(({ node }) => labelsOf(node)));
  return places.flatMap((place) => {
    const { node } = place;
    const isGlobal = node.type === 'Identifier' && GLOBALS.has(String(node.value)) && !labels.has(node);
    if (isGlobal || takesGlobal(node)) {
      return name in MAY_USE_GLOBALS ? [] : [`${place.at()} – calls leave by services.egress.fetch`];
    }
    const loaded = loadedBy(node);
    if (loaded === undefined) return [];
    const { specifier, names } = loaded;
    const harmless = MODULES[specifier.replace(/^node:/, '').split('/')[0] ?? ''];
    if (harmless !== undefined && !(names ?? ['*']).every((each) => harmless.includes(each))) {
      return [`${place.at()} – connections are opened in src/egress`];
    }
    const library = LIBRARIES.find(([pattern]) => pattern.test(specifier));
    return library === undefined || isIn(library[1], name) ? [] : [`${place.at()} – may not be loaded here`];
  });
}

interface RestrictedGlobals {
  readonly level: string;
  readonly options: { readonly deniedGlobals: Record<string, string> };
}

const biome = JSON.parse(readFileSync(path.join(projectRoot, 'biome.json'), 'utf8')) as {
  overrides: { includes: string[]; linter: { rules?: { style?: { noRestrictedGlobals?: RestrictedGlobals } } } }[];
};

const sources = repositoryFiles(['src'], /\.ts$/).filter(({ name }) => !name.endsWith('.test.ts'));

describe('outgoing HTTP', () => {
  it('leaves through src/egress and nowhere else', () => {
    expect(sources.flatMap(objectionsTo)).toEqual([]);
  });

  it('has no exception for what is not there', () => {
    const exceptions = [...Object.keys(MAY_USE_GLOBALS), ...LIBRARIES.flatMap(([, places]) => Object.keys(places))];
    const isThere = (place: string): boolean => sources.some(({ name }) => isIn({ [place]: '' }, name));
    expect(exceptions.filter((place) => !isThere(place))).toEqual([]);
  });

  it('has its rules from the environment alone: one client, made of the configuration', () => {
    const makers = sources.flatMap((file) =>
      file.text.includes('createEgress') && !IS_EGRESS.test(file.name)
        ? syntaxOf(file).filter(({ node }) => node.type === 'CallExpression' && nameOf(node.callee) === 'createEgress')
        : [],
    );
    expect(makers.map((place) => place.text())).toEqual(['createEgress(config.egress)']);
  });

  it('is refused elsewhere by the linter, too, with the same exceptions', () => {
    const rules = biome.overrides.flatMap(({ includes, linter }) => {
      const rule = linter.rules?.style?.noRestrictedGlobals;
      return rule === undefined ? [] : { includes, level: rule.level, names: Object.keys(rule.options.deniedGlobals) };
    });
    const exceptions = ['src/egress/**', ...Object.keys(MAY_USE_GLOBALS), '**/*.test.ts'].map((place) => `!${place}`);
    expect(rules).toEqual([{ includes: ['src/**', ...exceptions], level: 'error', names: [...GLOBALS] }]);
  });

  it.each([
    ['src/teams/a.ts', `await fetch('https://example.com');`],
    ['src/teams/a.ts', `const send = fetch;`],
    ['src/teams/a.ts', `const options = { fetch };`],
    ['src/teams/a.ts', `const options = { customFetch: fetch };`],
    ['src/teams/a.ts', `await globalThis.fetch(url);`],
    ['src/teams/a.ts', `await globalThis['fetch'](url);`],
    ['src/teams/a.ts', `const { fetch } = globalThis;`],
    ['src/teams/a.ts', `const { fetch: send } = globalThis;`],
    ['src/teams/a.ts', `const socket = new WebSocket(url);`],
    ['src/teams/a.ts', `import { request } from 'node:http';`],
    ['src/teams/a.ts', `import { createServer, get } from 'node:http';`],
    ['src/teams/a.ts', `import https from 'node:https';`],
    ['src/teams/a.ts', `import * as http from 'http';`],
    ['src/teams/a.ts', `import { connect } from 'node:net';`],
    ['src/teams/a.ts', `export { connect } from 'node:tls';`],
    ['src/teams/a.ts', `export * from 'node:http2';`],
    ['src/teams/a.ts', `const { request } = await import('node:https');`],
    ['src/teams/a.ts', `const http = require('http');`],
    ['src/teams/a.ts', `const http = process.getBuiltinModule('node:http');`],
    ['src/teams/a.ts', `import { fetch as send } from 'undici';`],
    ['src/teams/a.ts', `import axios from 'axios';`],
    ['src/teams/a.ts', `import { Client } from 'pg';`],
    ['src/auth/github.ts', `import { OAuth2 } from 'oauth';`],
    ['src/mail/queries.ts', `import { createTransport } from 'nodemailer';`],
  ])('would be found in %s: %s', (name, text) => {
    expect(objectionsTo({ name, text }).length).toBeGreaterThan(0);
  });

  it.each([
    ['src/egress/egress.ts', `import { fetch } from 'undici';\nawait fetch(url);`],
    ['src/teams/a.ts', `await services.egress.fetch(url);`],
    ['src/teams/a.ts', `const options = { fetch: (url: string) => services.egress.fetch(url) };`],
    ['src/teams/a.ts', `interface Options { readonly fetch: Egress['fetch']; fetch?(): void }`],
    ['src/teams/a.ts', `import type { Agent } from 'node:http';\nimport { type Socket } from 'node:net';`],
    [
      'src/teams/a.ts',
      `import { createServer, type RequestListener } from 'node:http';\nimport { isIP } from 'node:net';`,
    ],
    ['src/mail/transport.ts', `import { createTransport } from 'nodemailer';`],
    ['src/db/hang.ts', `import { Client } from 'pg';`],
    ['src/teams/a.ts', `// fetch('https://example.com')\nconst text = 'fetch';`],
  ])('is none in %s: %s', (name, text) => {
    expect(objectionsTo({ name, text })).toEqual([]);
  });
});
