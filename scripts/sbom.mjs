// Prints a bill of materials (CycloneDX 1.5) of everything the lockfile can install: the same lockfile gives the same text.
// npm's own command leaves packages out that are needed at run time and in development alike.
import { readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const { name, version, license: ours } = read('package.json');
const { packages } = read('package-lock.json');

const purl = (id, release) => `pkg:npm/${id.replace('@', '%40')}@${release}`;

/** Packages whose licence stands in a form that lockfiles do not take over. */
const OLDER_FORM = { 'passport-github2': 'MIT', 'passport-local': 'MIT', 'passport-strategy': 'MIT', pause: 'MIT' };

/** `sha512-<base64>` as the format wants it. */
function hashOf(integrity) {
  const [algorithm, value] = integrity.split('-');
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(value, 'base64').toString('hex') };
}

function component([place, { version: release, license, integrity, dev, optional }]) {
  const id = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const terms = license ?? OLDER_FORM[id];
  return {
    type: 'library',
    'bom-ref': place,
    name: id,
    version: release,
    scope: dev ? 'excluded' : optional ? 'optional' : 'required',
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(terms === undefined ? {} : { licenses: [{ expression: terms }] }),
    purl: purl(id, release),
  };
}

const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    component: {
      type: 'application',
      'bom-ref': name,
      name,
      version,
      licenses: [{ expression: ours }],
      purl: purl(name, version),
    },
  },
  components: Object.entries(packages)
    .filter(([place, { link }]) => place !== '' && !link)
    .map(component),
};
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
