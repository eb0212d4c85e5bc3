import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';
import { at, type RepositoryFile, repositoryFiles } from './files';

const documents = repositoryFiles(['.'], /\.md$/).map(({ name, text }) => ({ name, text, prose: withoutCode(text) }));

/** Text without code blocks and code spans, at unchanged positions: what looks like a link in there is none. */
function withoutCode(text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ');
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, blank).replace(/`[^`\n]+`/g, blank);
}

/** The anchors that a page offers, named as GitHub names them. */
function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  for (const [, id = ''] of markdown.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Links to places in the repository that are not there. */
function brokenLinks({ name, text, prose }: RepositoryFile & { prose: string }): string[] {
  const inline = [...prose.matchAll(/!?\[[^\]]*\]\(<?([^()\s>]+(?:\([^()]*\))?)>?(?:\s+"[^"]*")?\)/g)];
  const references = [...prose.matchAll(/^\s*\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  const html = [...prose.matchAll(/<(?:img|a)\s[^>]*?(?:src|href)="([^"]+)"/g)];
  return [...inline, ...references, ...html]
    .filter(([, target = '']) => !/^(?:https?:|mailto:)/.test(target) && !resolves(name, text, target))
    .map((match) => at(name, text, match.index));
}

function resolves(from: string, text: string, target: string): boolean {
  const [file = '', anchor] = decodeURIComponent(target).split('#');
  if (file.startsWith('/')) return false;
  if (file === '') return anchorsOf(text).has(anchor ?? '');
  const place = path.join(projectRoot, path.dirname(from), file);
  if (!existsSync(place)) return false;
  if (anchor === undefined || anchor === '' || !place.endsWith('.md') || !statSync(place).isFile()) return true;
  return anchorsOf(readFileSync(place, 'utf8')).has(anchor);
}

describe('documents', () => {
  it('link only to what is there', () => {
    expect(documents.flatMap(brokenLinks)).toEqual([]);
  });

  it('would be refused with a dead link', () => {
    const text = '# Title\n[a](no-such-file.md) [b](#title) [c](#nowhere) `[d](code.md)`\n![e](gone.png)';
    const found = brokenLinks({ name: 'README.md', text, prose: withoutCode(text) });
    expect(found).toHaveLength(3);
  });

  it('name only commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const unknown = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/\bnpm (?:run )([a-z][\w:-]*)/g)]
        .filter(([, script = '']) => !(script in scripts))
        .map((match) => at(name, text, match.index)),
    );
    expect(unknown).toEqual([]);
  });

  it('name only source files that exist', () => {
    const unknown = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/`((?:src|test|e2e|bench|migrations|views|partials|scripts)\/[\w./-]+\.\w+)`/g)]
        .filter(([, file = '']) => !existsSync(path.join(projectRoot, file)))
        .map((match) => at(name, text, match.index)),
    );
    expect(unknown).toEqual([]);
  });
});
