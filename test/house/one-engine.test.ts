import { type RepositoryFile, repositoryFiles } from './files';
import { importsOf } from './imports';
import { nameOf, type Place, propertiesOf, syntaxOf } from './syntax';

// Nothing outside of src/engine decides a flag: what is stored becomes rulesets, in ruleset.ts of each form, and the engine
// decides them. This reads the code for what a second decider would need: a hash, a comparison with chance, a rule, or a
// setting of a flag that is looked at.

/** What turns something stored into rulesets. */
const MAKES_RULESETS = /^src\/(?:[\w-]+\/)+ruleset\.ts$/;

/** Settings of a global flag, and features of a producer: read where they decide, in ruleset.ts, and otherwise only here. */
const SETTINGS = new Set([
  ...['everyone', 'percent', 'testing', 'superusers', 'staff', 'authenticated', 'languages', 'rollout', 'userIds'],
  ...['knowledge_base_enabled', 'ai_agents_enabled', 'additional_services_enabled'],
]);
const MAY_READ_SETTINGS: Record<string, string> = {
  'src/teams/queries.ts': 'rows of the database become values, and back',
  'src/teams/operations.ts': 'writes settings, and tells the audit log which',
  'src/teams/switches.ts': 'writes percentages of samples',
  'src/teams/admin.ts': 'shows the column in a list',
  'src/teams/admin-row.ts': 'hands a row of the form to what describes it',
  'src/teams/overview.ts': 'says for lists what a flag is about',
  'src/usage/bulk.ts': 'turns many flags on or off, and back',
  'src/commands/flag.ts': 'options of the command',
  'src/commands/sample.ts': 'options of the command',
  ...Object.fromEntries(
    ['policy', 'readiness', 'strategies'].map((name) => [
      `src/integrations/${name}.ts`,
      'a provider takes a connection, which is called authenticated, too',
    ]),
  ),
};
/** Columns of producers' features go by the name in a variable, too. */
const MAY_READ_FEATURES: Record<string, string> = {
  'src/producers/admin.ts': 'shows the columns in a list',
  'src/producers/admin-flags.ts': 'shows and writes the switches',
  'src/producers/tell-contacts.ts': 'tells what an entry of the audit log changed',
  'src/producers/queries-use.ts': 'counts by column',
  'src/producers/import.ts': 'fields of an import',
  'src/producers/client.ts': 'reads an answer of the API',
  'src/producers/decide.ts': 'reads decisions of the engine',
};
/** The same words for something else. */
const SOMETHING_ELSE = new Set(['topic.staff', 'decision.metadata.rollout']);

/** Where conditions are made besides ruleset.ts: what each kind of condition means. */
const MAKES_CONDITIONS = /^src\/conditions\/(?:kinds|built-in)\.ts$/;

/** Chance that decides no flag: invented data, and whose use is written down. */
const MAY_DRAW = /^src\/(?:demo\/|usage\/usage\.ts$)/;
/** What a share would be computed with. */
const BUCKETS = /%\s*(?:100|1_?000|10_?000|100_?000)$/;
const NOT_A_BUCKET = new Set(['part % 100']);

const HASHES = /^(?:murmur\w*|share(?:Unit|Units|Limit)|split(?:Unit|Units)|fnv\w*|xxhash\w*)$/i;
/** Cookies and parameters that remember or ask for an answer. */
const REMEMBERED = /^dwft?[_-]/;

const isOver = ({ node }: Place, ...names: string[]): boolean => {
  if (node.type !== 'ObjectExpression') return false;
  const own = propertiesOf(node);
  return names.every((name) => own.includes(name));
};

/** The names of properties that a place reads; a write to one is none. */
function readsOf({ node }: Place, written: ReadonlySet<unknown>): string[] {
  if (node.type === 'MemberExpression') return written.has(node) ? [] : [nameOf(node.property) ?? ''];
  return node.type === 'ObjectPattern' ? propertiesOf(node) : [];
}

/** Whether a property is read whose name is in a variable called like a column. */
const isByColumn = ({ node }: Place): boolean => {
  if (node.type !== 'MemberExpression') return false;
  const property = node.property as { type: string; expression?: unknown };
  return property.type === 'Computed' && /"value":"column"/.test(JSON.stringify(property.expression));
};

/** Files without any of these words hold nothing to object to, and need not be parsed. */
const SUSPICIOUS = new RegExp(
  ['/engine', '\\bdwft?', 'random', '%', 'murmur', 'share', 'split', '\\bserve\\b', '\\bvariants\\b', '\\bcolumn\\b']
    .concat(
      '\\battribute\\b',
      'hash',
      'fnv',
      [...SETTINGS].map((name) => `\\b${name}\\b`),
    )
    .join('|'),
  'i',
);

function objectionsTo(file: RepositoryFile): string[] {
  const { name } = file;
  if (!SUSPICIOUS.test(file.text)) return [];
  const places = syntaxOf(file);
  const written = new Set(places.flatMap(({ node }) => (node.type === 'AssignmentExpression' ? [node.left] : [])));
  const found: string[] = importsOf(file)
    .filter(({ target }) => target?.startsWith('src/engine/'))
    .map(({ specifier }) => `${name} imports ${specifier}: the engine is reached by its index`);
  for (const place of places) {
    const { node } = place;
    const object = (reason: string): unknown => found.push(`${place.at()} – ${reason}`);
    const text = () => place.text();
    if (node.type === 'Identifier' && HASHES.test(String(node.value))) object('shares are the engine’s');
    if (node.type === 'StringLiteral' && REMEMBERED.test(String(node.value)) && name !== 'src/teams/answer.ts')
      object('what browsers remember is src/teams/answer.ts’s');
    if (node.type === 'TemplateElement' && REMEMBERED.test(String(node.raw)) && name !== 'src/teams/answer.ts')
      object('what browsers remember is src/teams/answer.ts’s');
    if (node.type === 'BinaryExpression') {
      const { operator } = node;
      if (/^[<>]=?$/.test(String(operator)) && /random/i.test(text()) && !MAY_DRAW.test(name)) object('chance decides');
      if (operator === '%' && BUCKETS.test(text()) && !NOT_A_BUCKET.has(text())) object('buckets are the engine’s');
    }
    if (MAKES_RULESETS.test(name)) continue;
    if (isOver(place, 'when', 'serve') || isOver(place, 'variants', 'rules')) {
      if (!MAKES_CONDITIONS.test(name)) object('rules are made in ruleset.ts');
    }
    if (isOver(place, 'attribute', 'is') && !MAKES_CONDITIONS.test(name)) object('conditions are made in ruleset.ts');
    const reads = readsOf(place, written).filter((property) => SETTINGS.has(property));
    if (reads.length > 0 && !(name in MAY_READ_SETTINGS) && !SOMETHING_ELSE.has(text()))
      object(`${reads.join(', ')}: settings are read in ruleset.ts`);
    if (name.startsWith('src/producers/') && isByColumn(place) && !(name in MAY_READ_FEATURES))
      object('features are read in ruleset.ts');
  }
  return found;
}

const sources = repositoryFiles(['src'], /\.ts$/).filter(
  ({ name }) => !name.endsWith('.test.ts') && !name.startsWith('src/engine/'),
);

describe('nothing outside of the engine', () => {
  it('decides a flag', () => {
    expect(sources.flatMap(objectionsTo)).toEqual([]);
  });

  it('is let through without being there', () => {
    const names = new Set(sources.map(({ name }) => name));
    const allowed = [...Object.keys(MAY_READ_SETTINGS), ...Object.keys(MAY_READ_FEATURES)];
    expect(allowed.filter((name) => !names.has(name))).toEqual([]);
  });

  it.each([
    ['src/teams/ask.ts', `import { shareUnit } from '../engine';`],
    ['src/teams/ask.ts', `import { compileCondition } from '../engine/conditions';`],
    ['src/onboarding/steps.ts', `const inside = murmur3(name) % 100 < percent;`],
    ['src/integrations/status.ts', `const on = createHash('md5').update(id).digest().readUInt32BE(0) % 1_000 < 250;`],
    ['src/teams/flags.ts', `const inside = this.random() * 100 < limit;`],
    ['src/portal/member.ts', `if (Math.random() < 0.5) next();`],
    ['src/teams/flags.ts', `const known = flag.everyone !== null;`],
    ['src/teams/flags.ts', `const on = flag['staff'] && person.isStaff;`],
    ['src/teams/flags.ts', `const on = flag?.superusers === true;`],
    ['src/teams/guards.ts', `const { authenticated, ...rest } = flag;`],
    ['src/teams/guards.ts', `const admits = ({ languages: codes }: Flag) => codes.includes(language);`],
    ['src/portal/member.ts', `if (row.ai_agents_enabled) next();`],
    ['src/producers/members.ts', `const has = row[column] === true;`],
    ['src/producers/members.ts', `const has = Boolean(row[feature.column]);`],
    ['src/web/locals.ts', `const beta = cookies.get('dwf_beta_search') === 'True';`],
    ['src/web/locals.ts', 'const beta = cookies.get(`dwft_${name}`);'],
    ['src/usage/stale.ts', `const rule = { id: 'x', when: { always: true }, serve: { variant: 'on' } };`],
    ['src/conditions/ask.ts', `const flag = { key, variants: { on: true }, rules: [] };`],
    ['src/teams/describe.ts', `const when = { attribute: 'user.staff', is: 'equals', value: true };`],
  ])('could, in %s: %s', (name, text) => {
    expect(objectionsTo({ name, text }).length).toBeGreaterThan(0);
  });

  it.each([
    ['src/teams/ruleset.ts', `const rules = flag.staff ? [{ id: 'staff', when, serve: ON }] : [];`],
    ['src/teams/flags.ts', `const { value } = engine.evaluate(name, context, { now });`],
    ['src/teams/operations.ts', `flag.everyone = true;`],
    ['src/onboarding/steps.ts', `const on = flagIsActive(req, 'integration_jira_enabled');`],
    ['src/web/chart.ts', `const even = index % 2 === 0;`],
    ['src/demo/load-people.ts', `await createFlag(parts, actor, name, { staff: true, percent: 25 });`],
  ])('is refused in %s: %s', (name, text) => {
    expect(objectionsTo({ name, text })).toEqual([]);
  });
});
