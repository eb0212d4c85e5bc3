import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';

const document = readFileSync(path.join(projectRoot, 'docs/security.md'), 'utf8');
const rows = document.split('\n').filter((line) => /^\| [A-Z]\d+ /.test(line));

/** The tests that a row names, as `file` › beginning of a test's name. */
const namedIn = (row: string): { file: string; name: string }[] =>
  [...row.matchAll(/`([\w./-]+\.test\.ts)` › (.+?)(?= · `| \|$)/g)].map(([, file = '', name = '']) => ({ file, name }));

const ROWS = [
  ...['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A12', 'A13', 'A16', 'A17', 'A18'],
  ...['S1', 'S2', 'S3', 'S6', 'S7', 'S8', 'S9'],
  ...['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C9', 'C10'],
  ...['X1', 'X2', 'X3', 'X4', 'X6', 'X7', 'X8', 'X9', 'X10', 'X11', 'X12', 'X13', 'X14', 'X16', 'X17', 'X18'],
  ...['Z1', 'Z2', 'Z4', 'Z5', 'Z6', 'Z9', 'Z11', 'Z12', 'K1', 'K2', 'K3', 'K4', 'K7', 'K8'],
  ...['I1', 'I3', 'I4', 'I5'],
  ...['W1', 'W2', 'W3', 'W4'],
  ...[
    'L1',
    'L2',
    'L3',
    'L5',
    'L6',
    'L7',
    'N1',
    'N2',
    'N3',
    'N4',
    'N5',
    'F5',
    'F6',
    'F9',
    'F20',
    'D1',
    'D2',
    'D3',
    'D4',
    'D5',
  ],
];

describe('docs/security.md', () => {
  it('has every row that holds, once', () => {
    expect(rows.map((row) => row.split(' ')[1])).toEqual(ROWS);
  });

  it('names a test for each row, and only tests that exist', () => {
    expect(rows.filter((row) => namedIn(row).length === 0)).toEqual([]);
    const gone = rows.flatMap(namedIn).filter(({ file, name }) => {
      const full = path.join(projectRoot, file);
      return !existsSync(full) || !readFileSync(full, 'utf8').includes(name);
    });
    expect(gone).toEqual([]);
  });
});
