import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';

interface Component {
  name: string;
  version: string;
  scope: string;
  hashes?: { alg: string; content: string }[];
  licenses?: unknown[];
}

describe('the bill of materials', () => {
  it('lists everything that can be installed, with checksum and licence, and what of it runs', () => {
    const script = path.join(projectRoot, 'scripts/sbom.mjs');
    const output = execFileSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 50 * 1024 * 1024 });
    const { bomFormat, components } = JSON.parse(output) as { bomFormat: string; components: Component[] };
    expect(bomFormat).toBe('CycloneDX');
    const manifest = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const scopes = new Map(components.map(({ name, version, scope }) => [`${name}@${version}`, scope]));
    const scopesOf = (list: Record<string, string>) =>
      new Set(Object.entries(list).map(([name, version]) => scopes.get(`${name}@${version}`)));
    expect(scopesOf(manifest.dependencies)).toEqual(new Set(['required']));
    expect([...scopesOf(manifest.devDependencies)]).not.toContain(undefined);
    expect(scopes.get(`jest@${manifest.devDependencies.jest}`)).toBe('excluded');
    const bare = components.filter(({ hashes = [], licenses = [] }) => hashes.length === 0 || licenses.length === 0);
    expect(bare.map(({ name }) => name)).toEqual([]);
    expect(
      components.filter(({ hashes = [] }) => !hashes.every(({ content }) => /^[0-9a-f]{128}$/.test(content))),
    ).toEqual([]);
  });
});
