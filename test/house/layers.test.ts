import { type RepositoryFile, repositoryFiles } from './files';
import { type Import, importsOf } from './imports';

/** Layers below the features, and what each may import besides itself and its libraries. */
const LAYERS: Record<string, string[]> = {
  engine: [],
  lib: ['model'],
  model: ['lib'],
  db: ['lib', 'model'],
  web: ['lib', 'model', 'db'],
  audit: ['lib', 'model', 'db'],
  // The way out: it knows no feature, and no page.
  egress: ['lib'],
  // Never a feature, but audit: a change and its entry are one transaction.
  admin: ['lib', 'model', 'db', 'web', 'audit'],
};
/** What every feature may import; other features only through their `index.ts`. */
const FOR_FEATURES = ['engine', 'lib', 'model', 'db', 'web', 'admin', 'audit'];
/** The parts of a feature that must work without pages: jobs and commands call them. */
const PURE_PARTS = /\/(?:model|queries(?:-[a-z-]+)?|ruleset|operations)\.ts$/;
/** Known by everyone, but only as types. */
const SHARED_TYPES = ['config', 'services'];
/** Where the parts are joined: these import what they like. */
const JOINTS = ['app', 'admin-site', 'server', 'services', 'manage', 'routes', 'admin-site'];
/** Single files beside the folders, and what they may import. */
const FILES: Record<string, string[]> = { config: ['lib', 'db', 'environment'], environment: ['lib'], log: ['lib'] };

/** The layer of a path below src/: its folder, or its own name for a file beside the folders. */
const layerOf = (name: string): string => (name.split('/')[1] ?? '').replace(/\.ts$/, '');

/** Why an import is against the layers, or nothing. */
function objection({ file, specifier, target, typeOnly }: Import): string | undefined {
  const from = layerOf(file);
  if (target === undefined)
    return from === 'engine' && specifier !== 're2js'
      ? 'the engine imports nothing but its pattern library'
      : undefined;
  if (!target.startsWith('src/'))
    return specifier.endsWith('package.json') ? undefined : 'src imports nothing outside src';
  const to = layerOf(target);
  if (from === to || JOINTS.includes(from)) return undefined;
  if (typeOnly && SHARED_TYPES.includes(to) && from !== 'engine' && from !== 'lib' && from !== 'model')
    return undefined;
  const allowed = LAYERS[from] ?? FILES[from];
  if (allowed !== undefined && !(to === 'audit' && allowed.includes(to)))
    return allowed.includes(to) ? undefined : `${from} may import ${allowed.join(', ') || 'nothing'}`;
  if ((to === 'web' || to === 'admin') && PURE_PARTS.test(file)) return 'models, queries and operations know no pages';
  if (FOR_FEATURES.includes(to)) return undefined;
  if (JOINTS.includes(to) || to in FILES) return `only types may come from ${to}`;
  return target.split('/').length === 2 ? undefined : `another feature is reached through its index: '../${to}'`;
}

const check = (files: RepositoryFile[]): string[] =>
  files.flatMap((file) =>
    importsOf(file).flatMap((line) => {
      const reason = objection(line);
      return reason === undefined ? [] : [`${line.file} imports '${line.specifier}': ${reason}`];
    }),
  );

/** Circles of imports that load one another; types load nothing and do not count. */
function circles(files: RepositoryFile[]): string[] {
  const names = new Set(files.map((file) => file.name));
  const edges = new Map(
    files.map((file) => {
      const targets = importsOf(file).filter((line) => !line.typeOnly && line.target !== undefined);
      return [
        file.name,
        targets.flatMap(({ target }) => [`${target}.ts`, `${target}/index.ts`].filter((name) => names.has(name))),
      ];
    }),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: string[]): void => {
    const start = path.indexOf(name);
    if (start >= 0) found.push([...path.slice(start), name].join(' → '));
    if (start >= 0 || done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of edges.keys()) visit(name, []);
  return found;
}

const sources = repositoryFiles(['src'], /\.ts$/).filter(({ name }) => !name.endsWith('.test.ts'));

describe('layers', () => {
  it('are kept by every import in src', () => {
    expect(check(sources)).toEqual([]);
  });

  it('hold no circle of imports', () => {
    expect(circles(sources)).toEqual([]);
  });

  it('leave migrations alone: they import nothing of src, which goes on changing', () => {
    const imports = repositoryFiles(['migrations'], /\.ts$/).flatMap((file) => importsOf(file));
    expect(imports.filter(({ target }) => target !== undefined)).toEqual([]);
  });

  it.each([
    ['src/engine/evaluate.ts', `import { x } from 'node:fs';`],
    ['src/lib/slug.ts', `import { x } from '../db';`],
    ['src/web/respond.ts', `import { x } from '../teams';`],
    ['src/admin/list.ts', `import type { Flag } from '../teams';`],
    ['src/teams/queries.ts', `import { x } from '../web/respond';`],
    ['src/teams/queries-users.ts', `import { x } from '../admin';`],
    ['src/teams/routes.ts', `import {\n  findUser,\n} from '../auth/queries';`],
    ['src/teams/routes.ts', `import { createServices } from '../services';`],
    ['src/teams/routes.ts', `const x = require('../auth/queries');`],
    ['src/teams/flags.ts', `import { x } from '../../test/support/people';`],
  ])('refuse in %s: %s', (name, text) => {
    expect(check([{ name, text }])).toHaveLength(1);
  });

  it.each([
    ['src/teams/routes.ts', `import type { Services } from '../services';\nimport { respond } from '../web/respond';`],
    ['src/teams/admin.ts', `import { findUser } from '../auth';\nimport { modelAdmin } from '../admin';`],
    ['src/teams/flags.ts', `// import { x } from '../auth/queries';\nimport { z } from 'zod';`],
    ['src/app.ts', `import { x } from './auth/sessions';`],
  ])('allow in %s: %s', (name, text) => {
    expect(check([{ name, text }])).toEqual([]);
  });

  it('see a circle', () => {
    const circle = circles([
      { name: 'src/a/index.ts', text: `export * from './a';` },
      { name: 'src/a/a.ts', text: `import { b } from '../b';` },
      { name: 'src/b/index.ts', text: `import { type T, a } from '../a';` },
    ]);
    expect(circle).toEqual(['src/a/index.ts → src/a/a.ts → src/b/index.ts → src/a/index.ts']);
  });
});
