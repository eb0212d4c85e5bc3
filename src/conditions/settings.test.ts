import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratchDirectory } from '../../test/support/run-state';
import { projectRoot } from '../lib/root';
import { toFlag } from './ruleset';
import { fileFor, nameOfVariable, parseSettings, parseVariables, readStatedFlags } from './settings';

const texts = (found: ReturnType<typeof parseSettings>, name: string) =>
  found.conditions.get(name)?.map(({ condition, value, required }) => [condition, value, required]);

describe('a settings file', () => {
  it('has conditions in long and in short, and plain values', () => {
    const found = parseSettings(
      [
        'flags:',
        '  shows.seats.choose:',
        '    - boolean: yes',
        '    - path matches: ^/shows',
        '      required: true',
        '    - {condition: percent, value: 12.5}',
        '    - {condition: user, value: 7, required: true}',
        '  knowledge.search.open: true',
        '  old_name: "off"',
        '  nothing.at.all: []',
        'segments:',
        '  beta: {include: [7, "8"], exclude: [9]}',
      ].join('\n'),
      'flags.yaml',
    );
    expect(found.problems).toEqual([]);
    expect(texts(found, 'shows.seats.choose')).toEqual([
      ['boolean', 'yes', false],
      ['path matches', '^/shows', true],
      ['percent', '12.5', false],
      ['user', '7', true],
    ]);
    expect(found.conditions.get('shows.seats.choose')?.[0]).toMatchObject({ origin: 'settings', place: 'flags.yaml' });
    expect(texts(found, 'knowledge.search.open')).toEqual([['boolean', 'true', false]]);
    expect(texts(found, 'old_name')).toEqual([['boolean', 'off', false]]);
    expect(texts(found, 'nothing.at.all')).toEqual([]);
    expect([...found.segments.values()]).toEqual([{ key: 'beta', include: ['7', '8'], exclude: ['9'] }]);
  });

  it('becomes what docs/flags.md shows', () => {
    const text = readFileSync(path.join(projectRoot, 'docs', 'flags.md'), 'utf8');
    const [, yaml = '', json = ''] =
      /```yaml\n([\s\S]*?)```\n[^`]*<!-- checked: src\/conditions\/settings.test.ts -->\n```json\n([\s\S]*?)```/.exec(
        text,
      ) ?? [];
    const { conditions } = parseSettings(yaml, 'flags.yaml');
    const [[name, own] = ['', []]] = [...conditions];
    expect(toFlag(name, own, new Set())).toEqual(JSON.parse(json));
  });

  it('takes names that objects have for names like any other', () => {
    const found = parseSettings('flags:\n  __proto__: true\n  constructor: [{boolean: false}]\n', 'f');
    expect([...found.conditions.keys()]).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).condition).toBeUndefined();
  });

  it.each([
    ['text', 'just a text', 'needs “flags” and “segments”'],
    ['a list', '- a', 'needs “flags” and “segments”'],
    ['names without flags', 'shows.seats.choose: true', '“shows.seats.choose” is neither'],
    ['no YAML', 'flags: {a: [', 'This is not YAML'],
    ['a name twice', 'flags:\n  a: true\n  a: false', 'This is not YAML'],
    ['references', 'flags:\n  a: &x [{boolean: true}]\n  b: *x', 'This cannot be used'],
    ['tags of its own', 'flags:\n  a: !!js/function "x"', 'This is not YAML'],
    ['a name that nobody could ask for', 'flags:\n  "two words": true', 'cannot be the name of a flag'],
    ['a segment that is none', 'segments:\n  beta: {members: [1]}', 'segment beta'],
  ])('with %s is told in words, and never throws', (_what, text, message) => {
    const found = parseSettings(text, 'flags.yaml');
    expect(found.problems).toEqual([{ place: 'flags.yaml', message: expect.stringContaining(message) }]);
  });

  it.each([
    ['no list', 'a: {boolean: true}'],
    ['an entry that is no condition', 'a: [true]'],
    ['two conditions in one', 'a: [{boolean: true, user: 7}]'],
    ['a word too many', 'a: [{condition: boolean, value: true, require: true}]'],
    ['nothing', 'a:'],
    ['a value that is a list', 'a: [{user: [7, 8]}]'],
    ['a value that is too long', `a: [{user: ${'x'.repeat(501)}}]`],
    ['too many conditions', `a: [${'{boolean: true}, '.repeat(101)}]`],
  ])('whose name has %s keeps the name off, and says why', (_what, line) => {
    const found = parseSettings(`flags:\n  ${line}\n  b: true`, 'f');
    expect(found.conditions.get('a')).toEqual([
      expect.objectContaining({ required: true, mistake: expect.stringMatching(/^This cannot be made out: .+\.$/) }),
    ]);
    expect(texts(found, 'b')).toEqual([['boolean', 'true', false]]);
  });
});

describe('environment variables', () => {
  it('name flags: two underscores are a dot', () => {
    expect(nameOfVariable('FLAG_SHOWS__SEATS__CHOOSE')).toBe('shows.seats.choose');
    expect(nameOfVariable('FLAG_NEW_CHECKOUT')).toBe('new_checkout');
  });

  it('have what would stand behind the name in the file', () => {
    const found = parseVariables({
      FLAG_A: 'on',
      FLAG_B: '0',
      FLAG_C__D: '[{user: jane@example.com, required: true}, {percent: 5}]',
      FLAG_E: '[{"condition": "staff", "value": true}]',
      FLAG_F: '[{',
      FLAG_: 'true',
    });
    expect(texts(found, 'a')).toEqual([['boolean', 'on', false]]);
    expect(texts(found, 'b')).toEqual([['boolean', '0', false]]);
    expect(texts(found, 'c.d')).toEqual([
      ['user', 'jane@example.com', true],
      ['percent', '5', false],
    ]);
    expect(texts(found, 'e')).toEqual([['staff', 'true', false]]);
    expect(found.conditions.get('f')).toEqual([
      expect.objectContaining({ origin: 'environment', place: 'FLAG_F', mistake: expect.stringContaining('not YAML') }),
    ]);
    expect(found.problems).toEqual([{ place: 'FLAG_', message: expect.stringContaining('cannot be the name') }]);
  });
});

describe('the sources together', () => {
  const folder = () => mkdtempSync(path.join(scratchDirectory(), 'flags-'));
  const read = (file: string, variables: Record<string, string> = {}, environment = 'test', isNamed = true) =>
    readStatedFlags({ file, isNamed, environment, variables });

  it('put the environment’s own names in the place of the base file’s, and variables behind both', () => {
    const file = path.join(folder(), 'flags.yaml');
    writeFileSync(file, 'flags:\n  a: true\n  b: true\nsegments:\n  s: {include: [1]}\n');
    writeFileSync(fileFor(file, 'test'), 'flags:\n  b: [{staff: true}]\n  c: false\nsegments:\n  s: {include: [2]}\n');
    const { conditions, segments, problems } = read(file, { FLAG_B: 'true' });
    expect(problems).toEqual([]);
    const origins = (name: string) => conditions.get(name)?.map(({ condition, origin }) => `${condition} ${origin}`);
    expect(origins('a')).toEqual(['boolean settings']);
    expect(origins('b')).toEqual(['staff settings', 'boolean environment']);
    expect(origins('c')).toEqual(['boolean settings']);
    expect(segments).toEqual([{ key: 's', include: ['2'], exclude: [] }]);
    expect([...read(file, {}, 'production').conditions.keys()]).toEqual(['a', 'b']);
  });

  it('do without a file that nobody asked for, and miss one that was named', () => {
    const file = path.join(folder(), 'flags.yaml');
    expect(read(file, {}, 'test', false)).toEqual({ conditions: new Map(), segments: [], problems: [] });
    expect(read(file).problems).toEqual([{ place: file, message: expect.stringContaining('is not there') }]);
    expect(read(folder()).problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining('cannot be read') }),
    ]);
  });
});
