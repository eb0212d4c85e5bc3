import { existing, findings, type RepositoryFile, repositoryFiles, withoutComments } from './files';

const isTest = ({ name }: RepositoryFile): boolean => name.endsWith('.test.ts');
const all = repositoryFiles(
  existing('src', 'migrations', 'seeds', 'bench', 'scripts', 'test', 'e2e', 'public'),
  /\.(?:ts|mjs|js)$/,
);
const sources = all
  .filter(({ name }) => name.startsWith('src/'))
  .filter((file) => !isTest(file))
  .map(withoutComments);
const withStatements = all.filter(({ name }) => /^(?:src|migrations|seeds)\//.test(name)).map(withoutComments);

const planted = (name: string, text: string): RepositoryFile[] => [withoutComments({ name, text })];

/** Statements are written in a feature's queries, in src/db and in the admin framework's queries, and nowhere else. */
const mayHoldSql = (name: string): boolean =>
  /^src\/db\/|^src\/admin\/sql\.ts$|^src\/(?:[^/]+\/)+queries(?:-[a-z-]+)?\.ts$/.test(name);
const SQL =
  /\b(?:db|trx|knex|tx|database|transaction)\s*(?:<[^()]*>)?\(\s*['"`{]|\b(?:db|trx|knex|tx)\s*\.\s*(?:select|from|insert|into|table|with|raw|schema|queryBuilder|batchInsert|count|distinct)\b|\.(?:raw|whereRaw|orderByRaw|havingRaw|groupByRaw|joinRaw|fromRaw)\(/;

const sqlOutside = (files: RepositoryFile[]): string[] =>
  findings(
    files.filter(({ name }) => !mayHoldSql(name)),
    SQL,
  );

/** Raw SQL whose text is put together at run time; values and names belong into its bindings (`?`, `??`). */
const RAW = '(?:raw|Raw)';
const builtRaw = (files: RepositoryFile[]): string[] => [
  ...findings(files, new RegExp(`\\.\\w*${RAW}\\(\\s*\`[^\`]*\\$\\{`)),
  ...findings(files, new RegExp(`\\.\\w*${RAW}\\(\\s*(?:'[^'\\n]*'|"[^"\\n]*")\\s*\\+`)),
];

/** Only src/web makes routes; everybody else declares them there, with a policy. */
const ROUTES =
  /\bRouter\(|\b(?:app|router|server)\s*\.\s*(?:get|post|put|patch|delete|head|options|all|route)\(\s*(?:'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|\/[^,]*)\s*,/;
const routesOutside = (files: RepositoryFile[]): string[] =>
  findings(
    files.filter(({ name }) => !name.startsWith('src/web/')),
    ROUTES,
  );

describe('sources', () => {
  it('keep SQL in queries, src/db and migrations', () => {
    expect(sqlOutside(sources)).toEqual([]);
  });

  it.each([
    `const rows = await db('auth_user').select('id');`,
    `await trx<UserRow>('auth_user').insert(row);`,
    `await db.select('id').from('auth_user');`,
    `await db.raw('select 1');`,
    `query.whereRaw('a = ?', [1]);`,
  ])('would be refused for %s in an operation', (text) => {
    expect(sqlOutside(planted('src/teams/flags.ts', text)).length).toBeGreaterThan(0);
    expect(sqlOutside(planted('src/teams/queries.ts', text))).toEqual([]);
    expect(sqlOutside(planted('src/admin/queries-list.ts', text))).toEqual([]);
  });

  it('never build raw SQL out of values', () => {
    expect(builtRaw(withStatements)).toEqual([]);
    expect(builtRaw(planted('src/a/queries.ts', 'db.raw(`select ${name}`)'))).toHaveLength(1);
    expect(builtRaw(planted('src/a/queries.ts', `q.orderByRaw('name ' + direction)`))).toHaveLength(1);
    expect(builtRaw(planted('src/a/queries.ts', `db.raw('select ??', [name])`))).toEqual([]);
  });

  it('make routes in src/web only, so that none is without a policy', () => {
    expect(routesOutside(sources)).toEqual([]);
    expect(routesOutside(planted('src/teams/routes.ts', 'const r = express.Router();'))).toHaveLength(1);
    expect(routesOutside(planted('src/app.ts', `app.get('/x', handler);`))).toHaveLength(1);
    expect(routesOutside(planted('src/teams/routes.ts', `routes.get('/x', staffOnly, handler);`))).toEqual([]);
    expect(routesOutside(planted('src/teams/ask.ts', `const flags = req.app.get('flags');`))).toEqual([]);
  });

  it('render templates from files only, never from stored text', () => {
    // What is compiled elsewhere are flags and patterns, by the engine, which cannot reach a template.
    const pattern =
      /\brenderString\b|\b(?:nunjucks|templates|env|environment)\.compile\(|\bcompile\b[^;]*\bfrom 'nunjucks'|new (?:nunjucks\.)?Template\(/;
    expect(findings(sources, pattern)).toEqual([]);
    expect(findings(planted('src/a/b.ts', 'env.renderString(user.name)'), pattern)).toHaveLength(1);
    expect(findings(planted('src/a/b.ts', `import { compile } from 'nunjucks';`), pattern)).toHaveLength(1);
    expect(findings(planted('src/a/b.ts', 'nunjucks.compile(user.name)'), pattern)).toHaveLength(1);
  });

  it('mark text as safe HTML only in the templates engine', () => {
    const elsewhere = sources.filter(({ name }) => !/^src\/web\/(?:filters|templates)\.ts$/.test(name));
    expect(findings(elsewhere, /\bSafeString\b|\bmarkSafe\b/)).toEqual([]);
  });

  it('ask the clock they were given, so that tests can move time', () => {
    const features = sources.filter(
      ({ name }) => !/^src\/(?:lib|db|web)\/|^src\/(?:server|log|services)\.ts$/.test(name),
    );
    expect(findings(features, /\bDate\.now\(\)|\bnew Date\(\)/)).toEqual([]);
  });

  it('run no text as code and start no shell', () => {
    expect(findings(sources, /\beval\(|\bnew Function\(|\bvm\.run|\bexec(?:Sync)?\(\s*['"`]|shell:\s*true/)).toEqual(
      [],
    );
  });

  it('leave nothing unfinished and no escape from the type checker', () => {
    const notes = all.filter(({ name }) => name !== 'test/house/sources.test.ts');
    expect(findings(notes, /\b(?:TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
    expect(findings(notes, /@ts-(?:ignore|nocheck)|\bas any\b|:\s*any\b(?=\s*[,;)=\]])/)).toEqual([]);
    // In a test it is an expectation: what must not compile. It needs the reason why.
    const sources = notes.filter((file) => !isTest(file));
    expect(findings(sources, /@ts-expect-error/)).toEqual([]);
    expect(findings(notes.filter(isTest), /@ts-expect-error(?!: \w)/)).toEqual([]);
  });

  it('test everything that is written as a test', () => {
    const tests = all.filter(isTest);
    expect(
      findings(tests, /\b(?:it|test|describe)\.(?:only|skip|todo|failing)\b|\bx(?:it|describe)\(|\bf(?:it|describe)\(/),
    ).toEqual([]);
  });

  it('name no folder of one machine', () => {
    const everywhere = repositoryFiles(
      ['.'],
      /\.(?:ts|mjs|js|json|njk|css|md|ya?ml)$|^(?:Dockerfile|\.ci\/run|\.npmrc)$/,
    );
    const files = everywhere.filter(({ name }) => !['package-lock.json', 'test/house/sources.test.ts'].includes(name));
    expect(findings(files, /(?<![\w.:/-])\/(?:work|root|home|Users)\/[\w.-]+|\.\.\/shared\b/)).toEqual([]);
  });
});
