import fc from 'fast-check';
import { layOutBars, layOutLines, layOutSparkline, separate } from './chart';

const weeks = ['2 Nov', '9 Nov', '16 Nov', '23 Nov'];
const data = {
  labels: weeks,
  series: [
    { name: 'Jira', values: [0, 2, 5, 8] },
    { name: 'Slack', values: [1, 0, 5, 8] },
  ],
};

const charts = fc.nat({ max: 60 }).chain((length) =>
  fc.record({
    labels: fc.array(fc.string({ maxLength: 12 }), { minLength: length, maxLength: length }),
    series: fc.array(
      fc.record({
        name: fc.string({ maxLength: 60 }),
        values: fc.array(fc.nat({ max: 2_000_000 }), { minLength: length, maxLength: length }),
      }),
      { maxLength: 6 },
    ),
  }),
);

describe('the axes', () => {
  it('begin at zero and end at a round number that holds the largest value', () => {
    const { yTicks, bottom } = layOutLines(data);
    expect(yTicks.map((tick) => tick.text)).toEqual(['0', '2', '4', '6', '8']);
    expect(yTicks[0]?.at).toBe(bottom);
  });

  it('count in whole steps even when there is hardly anything to count', () => {
    for (const values of [[], [0], [1], [2], [3]]) {
      const { yTicks } = layOutLines({ labels: values.map(String), series: [{ name: 'Jira', values }] });
      for (const { text } of yTicks) expect(text).toMatch(/^\d+$/);
      expect(yTicks.length).toBeGreaterThan(1);
    }
  });

  it('leave out labels that would overlap, never the last', () => {
    const labels = Array.from({ length: 90 }, (_, day) => `day ${day}`);
    const { xTicks } = layOutBars({ labels, series: [{ name: 'Jira', values: labels.map(() => 1) }] });
    expect(xTicks.length).toBeLessThan(15);
    expect(xTicks.at(-1)?.text).toBe('day 89');
  });
});

describe('lines', () => {
  it('stand on the baseline where nothing happened and carry a dot where something did', () => {
    const { lines, bottom } = layOutLines(data);
    expect(lines[0]?.path).toMatch(new RegExp(`^M[\\d.]+,${bottom}L`));
    expect(lines[0]?.marks.map((mark) => mark.title)).toEqual(['9 Nov, Jira: 2', '16 Nov, Jira: 5', '23 Nov, Jira: 8']);
  });

  it('carry their names at their ends, apart from each other though both end at the same value', () => {
    const [jira, slack] = layOutLines(data).lines;
    expect(Math.abs((jira?.label.y ?? 0) - (slack?.label.y ?? 0))).toBeGreaterThanOrEqual(14);
  });

  it('draw one single value as a dot', () => {
    const { lines } = layOutLines({ labels: ['today'], series: [{ name: 'Jira', values: [3] }] });
    expect(lines[0]?.marks).toHaveLength(1);
  });

  it('shorten a name that would not fit beside the plot, and keep it whole for the table', () => {
    const name = 'An integration whose name goes on and on and on';
    const [line] = layOutLines({ labels: ['a'], series: [{ name, values: [1] }] }).lines;
    expect(line?.label.text).toBe('An integration whose na…');
    expect(line?.name).toBe(name);
  });
});

describe('bars', () => {
  it('stack the series without gap or overlap, in their order, from the baseline', () => {
    const { groups, bottom } = layOutBars(data);
    const last = groups.map((group) => group.bars.at(-1));
    expect(last[0]?.y).toBeCloseTo(bottom - (last[0]?.height ?? 0), 1);
    expect(last[1]?.y).toBeCloseTo((last[0]?.y ?? 0) - (last[1]?.height ?? 0), 1);
    expect(last.map((bar) => bar?.title)).toEqual(['23 Nov, Jira: 8', '23 Nov, Slack: 8']);
  });

  it('draw nothing for a zero', () => {
    expect(layOutBars(data).groups.map((group) => group.bars.length)).toEqual([3, 3]);
  });
});

describe('a sparkline', () => {
  it('spans its box from the first to the last value', () => {
    expect(layOutSparkline([0, 5, 10])).toBe('2,22 50,12 98,2');
    expect(layOutSparkline([])).toBe('');
  });
});

describe('whatever the numbers', () => {
  it('every position is a number inside the drawing', () => {
    fc.assert(
      fc.property(charts, (chart) => {
        const lines = layOutLines(chart);
        const bars = layOutBars(chart);
        const marks = [...lines.lines.flatMap((one) => one.marks), ...bars.groups.flatMap((group) => group.bars)];
        const outside = marks.filter(({ x, y }) => !(x >= 0 && x <= lines.width && y >= 0 && y <= lines.bottom));
        expect(outside).toEqual([]);
        expect(lines.lines.map(({ path }) => path).join()).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 200 },
    );
  });

  it('labels keep their order and their distance, inside the plot as far as they fit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 16, max: 196 }), { maxLength: 10 }), (positions) => {
        const result = separate(positions, 14, 16, 196);
        const sorted = result.toSorted((a, b) => a - b);
        for (let i = 1; i < sorted.length; i++) {
          expect((sorted[i] ?? 0) - (sorted[i - 1] ?? 0)).toBeGreaterThanOrEqual(14);
        }
        for (const at of result) {
          expect(at).toBeGreaterThanOrEqual(16);
          expect(at).toBeLessThanOrEqual(196);
        }
      }),
    );
  });
});
