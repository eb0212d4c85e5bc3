import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';
import { withTables } from '../support/engine/operator-tables';

const page = readFileSync(path.join(projectRoot, 'docs/evaluation.md'), 'utf8');

describe('docs/evaluation.md', () => {
  it('has the tables that the tests of the operators run: npm run docs:operators', () => {
    expect(page).toBe(withTables(page));
  });
});
