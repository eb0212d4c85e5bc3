import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import nunjucks from 'nunjucks';
import { addFlagTags, type Flags } from '.';
import { renameSwitches } from './tags';

/** A stand-in that knows one name of each kind and remembers who asked. */
const flags = {
  flagIsActiveFor: (_person: unknown, name: string) => name === 'for-everyone',
  switchIsActive: (name: string) => name === 'on',
  sampleIsActive: (name: string) => name === 'on',
} as unknown as Flags;

describe('template tags', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'flag-tags-'));
  const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader(folder), {
    autoescape: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  addFlagTags(templates, flags);
  afterAll(() => rmSync(folder, { recursive: true }));

  let count = 0;
  const render = (source: string, more: Record<string, unknown> = {}, files: Record<string, string> = {}): string => {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const name = `t${count++}.njk`;
    writeFileSync(path.join(folder, name), source);
    return templates.render(name, { flagIsActive: (flag: string) => flag === 'on', ...more }).trim();
  };

  it.each([
    ['{% flag "on" %}yes{% endflag %}', 'yes'],
    ['{% flag "off" %}yes{% endflag %}', ''],
    ['{% flag "on" %}yes{% else %}no{% endflag %}', 'yes'],
    ['{% flag "off" %}yes{% else %}no{% endflag %}', 'no'],
    ['{% switch "on" %}yes{% else %}no{% endswitch %}', 'yes'],
    ['{% switch "off" %}yes{% else %}no{% endswitch %}', 'no'],
    ['{%- switch "off" -%} yes {%- else -%} no {%- endswitch -%}', 'no'],
    ['{% sample "on" %}yes{% else %}no{% endsample %}', 'yes'],
    ['{% sample "off" %}yes{% endsample %}', ''],
    ['{% flag name %}yes{% endflag %}', 'yes'],
    ['{% flag "o" + "n" %}<b>{{ text }}</b>{% endflag %}', '<b>&lt;i&gt;</b>'],
    ['{% flag "on" %}{% switch "off" %}a{% else %}{% sample "on" %}b{% endsample %}{% endswitch %}{% endflag %}', 'b'],
    ['{% flag "on" %}{% for n in [1, 2] %}{{ n }}{% else %}none{% endfor %}{% else %}no{% endflag %}', '12'],
    ['{% if flagIsActive("on") and switchIsActive("on") and not sampleIsActive("off") %}all{% endif %}', 'all'],
    ['{% set x = 1 %}{% flag "on" %}{% set x = 2 %}{% endflag %}{{ x }}', '2'],
  ])('%s', (source, expected) => {
    expect(render(source, { name: 'on', text: '<i>' })).toBe(expected);
  });

  it('leave the switch of nunjucks alone', () => {
    const source = `{% switch kind %}
      {# which #}
      {% case "a" %}{% switch "on" %}first{% else %}never{% endswitch %}
      {% case "b" %}second
      {% default %}third
    {% endswitch %}`;
    expect(['a', 'b', 'c'].map((kind) => render(source, { kind }).trim())).toEqual(['first', 'second', 'third']);
    expect(render('{% switch "on" %}{% switch 1 %}{% case 1 %}inner{% endswitch %}{% endswitch %}')).toBe('inner');
  });

  it('leave comments and raw text alone', () => {
    const source = '{# {% switch "a" %} #}{% raw %}{% switch "b" %}{% endraw %}';
    expect(renameSwitches(source)).toBe(source);
    expect(render(source)).toBe('{% switch "b" %}');
  });

  it('hold blocks of a layout', () => {
    const files = { 'layout.njk': '[{% block content %}empty{% endblock %}]' };
    const source =
      '{% extends "layout.njk" %}{% block content %}{% flag "on" %}new{% else %}old{% endflag %}{% endblock %}';
    expect(render(source, {}, files)).toBe('[new]');
  });

  it('ask for nobody where a macro does not see the request, and for the person where it does', () => {
    const files = { 'macro.njk': '{% macro m(name) %}{% flag name %}yes{% else %}no{% endflag %}{% endmacro %}' };
    const without = '{% from "macro.njk" import m %}{{ m("on") }} {{ m("for-everyone") }}';
    expect(render(without, {}, files)).toBe('no yes');
    expect(render('{% from "macro.njk" import m with context %}{{ m("on") }}', {}, files)).toBe('yes');
  });

  it.each([['{% flag %}x{% endflag %}'], ['{% flag "a", "b" %}x{% endflag %}'], ['{% flag "a" %}x']])(
    'refuse %s',
    (source) => {
      expect(() => render(source)).toThrow();
    },
  );
});
