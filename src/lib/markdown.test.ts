import { headingsOf, plainText, toBlocks } from './markdown';

const kinds = (text: string) => toBlocks(text).map(({ kind }) => kind);
const json = (text: string) => JSON.stringify(toBlocks(text));

describe('Markdown', () => {
  it('becomes pieces of a page', () => {
    expect(
      kinds('# A\n\ntext\n\n- a\n- b\n\n1. c\n\n> d\n\n---\n\n```\ne\n```\n\n| f | g |\n|---|---|\n| 1 | 2 |'),
    ).toEqual(['heading', 'paragraph', 'list', 'list', 'quote', 'rule', 'code', 'table']);
    expect(toBlocks('A **b** *c* `d`')).toEqual([
      {
        kind: 'paragraph',
        parts: [
          { kind: 'text', text: 'A ' },
          { kind: 'strong', parts: [{ kind: 'text', text: 'b' }] },
          { kind: 'text', text: ' ' },
          { kind: 'emphasis', parts: [{ kind: 'text', text: 'c' }] },
          { kind: 'text', text: ' ' },
          { kind: 'code', text: 'd' },
        ],
      },
    ]);
  });

  it('has headings below the one of the page, each with a name of its own', () => {
    const blocks = toBlocks('# How\n\n## How\n\n###### Deep **down**\n\n## ???');
    expect(headingsOf(blocks)).toEqual([
      { id: 'section-how', level: 2, text: 'How' },
      { id: 'section-how-2', level: 2, text: 'How' },
      { id: 'section-deep-down', level: 4, text: 'Deep down' },
      { id: 'section-part', level: 2, text: '???' },
    ]);
  });

  it.each([
    ['[x](javascript:alert(1))'],
    ['[x](JaVaScRiPt:alert(1))'],
    ['[x](data:text/html,hi)'],
    ['[x](vbscript:x)'],
    ['[x](//evil.example/path)'],
    ['[x](/\\evil.example)'],
    ['[x](\\\\evil.example)'],
    ['[x]( javascript:x)'],
    ['<javascript:alert(1)>'],
    ['[x][y]\n\n[y]: javascript:alert(1)'],
    ['[x](file:///etc/passwd)'],
  ])('makes no link of %s', (text) => {
    expect(json(text)).not.toContain('"link"');
  });

  it('links to the web, to mail and to pages of ours', () => {
    for (const href of ['https://example.com/a?b=1', 'http://example.com', 'mailto:a@example.com']) {
      expect(json(`[x](${href})`)).toContain(`"href":"${href}","external":true`);
    }
    for (const href of ['/dashboard/shows', '#section-how']) {
      expect(json(`[x](${href})`)).toContain(`"href":"${href}","external":false`);
    }
  });

  it('shows HTML and pictures as text', () => {
    expect(
      plainText(
        toBlocks('<script>alert(1)</script>\n\nA <b onclick="x">word</b> ![a picture](https://x.example/p.png)'),
      ),
    ).toBe('<script>alert(1)</script> A <b onclick="x">word</b> a picture');
    expect(json('<img src=x hx-get="/x">')).toBe(
      JSON.stringify([{ kind: 'paragraph', parts: [{ kind: 'text', text: '<img src=x hx-get="/x">' }] }]),
    );
  });

  it('never fails and never takes long, whatever it gets', () => {
    for (const text of ['>'.repeat(20_000), '- '.repeat(20_000), '['.repeat(20_000), '*_'.repeat(10_000), '\0\uD800']) {
      const started = performance.now();
      toBlocks(text);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
    expect(toBlocks('')).toEqual([]);
  });
});
