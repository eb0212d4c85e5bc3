import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { existing, findings, repositoryFiles } from './files';

const fontAwesome = path.dirname(require.resolve('@fortawesome/fontawesome-free/package.json'));

/** Every class that the style sheets we serve define. */
const classes = new Set(
  readdirSync(path.join(fontAwesome, 'css'))
    .filter((name) => /^(?:fontawesome|solid|regular|brands)\.min\.css$/.test(name))
    .flatMap((name) => [...readFileSync(path.join(fontAwesome, 'css', name), 'utf8').matchAll(/\.(fa-[a-z0-9-]+)/g)])
    .map(([, name]) => name),
);

interface Family {
  aliases?: { names?: string[] };
  familyStylesByLicense: { free: { style: string }[] };
}

const families = JSON.parse(readFileSync(path.join(fontAwesome, 'metadata', 'icon-families.json'), 'utf8')) as Record<
  string,
  Family
>;

/** The free styles of each icon, under all of its names. */
const styles = new Map(
  Object.entries(families).flatMap(([name, { aliases, familyStylesByLicense }]) =>
    [name, ...(aliases?.names ?? [])].map((each) => [
      `fa-${each}`,
      familyStylesByLicense.free.map(({ style }) => style),
    ]),
  ),
);

const files = [
  ...repositoryFiles(['views', 'partials'], /\.njk$/),
  ...repositoryFiles(['src', ...existing('seeds')], /\.(?:ts|css)$/).filter(({ name }) => !name.endsWith('.test.ts')),
  ...repositoryFiles(['public'], /\.js$/),
];

describe('Font Awesome', () => {
  it('has every class that we use', () => {
    expect(classes.has('fa-flag')).toBe(true);
    const unknown = files.flatMap(({ name, text }) =>
      [...text.matchAll(/(?<![\w-])fa-[a-z0-9]+(?:-[a-z0-9]+)*(?![\w-]*[*{<…])/g)]
        .filter(([found]) => !classes.has(found))
        .map(([found]) => `${name}: ${found}`),
    );
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('has each icon in the style that it is asked for', () => {
    const wrong = files.flatMap(({ name, text }) => {
      const pairs = [
        ...[...text.matchAll(/\bfa-(solid|regular|brands) (fa-[a-z0-9-]+)\b/g)].map(([, style, icon]) => [style, icon]),
        ...[...text.matchAll(/\bicon\(\{\s*name:\s*'(fa-[a-z0-9-]+)'([^}]*)\}/g)].map(([, icon, rest = '']) => [
          /\bstyle:\s*'(\w+)'/.exec(rest)?.[1] ?? (rest.includes('style:') ? undefined : 'solid'),
          icon,
        ]),
      ];
      return pairs
        .filter(([style, icon]) => style !== undefined && icon !== undefined && !styles.get(icon)?.includes(style))
        .map(([style, icon]) => `${name}: ${icon} has no ${style} style`);
    });
    expect(wrong).toEqual([]);
  });

  it('is never loaded from another host', () => {
    expect(findings(files, /https?:\/\/(?:use|kit|cdn)[\w.-]*\//)).toEqual([]);
  });
});
