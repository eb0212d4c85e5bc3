import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lib/root';

const read = (name: string) => readFileSync(path.join(projectRoot, name), 'utf8');

describe('docs/reference/events.md', () => {
  it('lists every event with every property, and no other', () => {
    const declared = [...read('src/analytics/events.ts').matchAll(/^ {2}(\w+): \{ (.*) \};$/gm)].map(
      ([, name, properties = '']) => ({
        name,
        properties: [...properties.matchAll(/(\w+)\??:/g)].map(([, key]) => key),
      }),
    );
    const documented = [...read('docs/reference/events.md').matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm)]
      .filter(([, name = '']) => name === name.toLowerCase())
      .map(([, name, properties = '']) => ({
        name,
        properties: [...properties.matchAll(/`(\w+)`:/g)].map(([, key]) => key),
      }));
    expect(declared.length).toBeGreaterThan(0);
    expect(documented).toEqual(declared);
  });
});
