import { CsvError, parseCsv } from './csv';

const values = (text: string) => parseCsv(text).map((record) => record.values);

describe('parseCsv', () => {
  it.each([
    [
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['\ufeffname\nX', [['name'], ['X']]],
    ['"a, b","say ""hi""",', [['a, b', 'say "hi"', '']]],
    [
      'a,\n,b',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['a\n\n\nb', [['a'], ['b']]],
    ['"two\nlines",x', [['two\nlines', 'x']]],
    ['', []],
    ['""', []],
  ])('reads %j', (text, expected) => expect(values(text)).toEqual(expected));

  it('knows the line on which each record begins', () => {
    expect(parseCsv('a\n"b\nb"\n\nc').map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it.each([
    ['a\n"b', 2],
    ['a"b', 1],
    ['"a"b', 1],
  ])('says where %j goes wrong', (text, line) => {
    expect(() => parseCsv(text)).toThrow(CsvError);
    expect(() => parseCsv(text)).toThrow(`Line ${line}: `);
  });
});
