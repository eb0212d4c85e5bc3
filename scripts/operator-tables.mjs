// Writes the tables of operators into docs/evaluation.md: `npm run docs:operators`.
import { readFileSync, writeFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';

const PAGE = 'docs/evaluation.md';
const { withTables } = await tsImport('../test/support/engine/operator-tables.ts', import.meta.url);
writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
console.log(`${PAGE} has the tables of conformance/operators.json.`);
