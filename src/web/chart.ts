import { max, tickStep } from 'd3-array';
import { type ScaleLinear, scaleBand, scaleLinear } from 'd3-scale';
import { line, type SeriesPoint, stack } from 'd3-shape';
import type nunjucks from 'nunjucks';
import { formatNumber } from './filters';

/** What a chart shows: one value per label and series. */
export interface ChartData {
  readonly labels: readonly string[];
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly number[];
    /** Which of the six colours and dashes, from 1; else the place in the list. */
    readonly style?: number;
  }[];
}

interface Tick {
  readonly text: string;
  readonly at: number;
}

/** The frame of a chart in the units of its viewBox: where the plot lies, and what is written along its sides. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly yTicks: readonly Tick[];
  readonly xTicks: readonly Tick[];
}

/** One value where it is drawn. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly title: string;
}

export interface LineChart extends Frame {
  readonly lines: readonly {
    readonly name: string;
    readonly style: number;
    readonly path: string;
    readonly marks: readonly Mark[];
    /** The name beside the line's end, moved up or down where several lines end close together. */
    readonly label: { readonly x: number; readonly y: number; readonly text: string };
  }[];
}

export interface BarChart extends Frame {
  readonly groups: readonly {
    readonly name: string;
    readonly style: number;
    readonly bars: readonly (Mark & { width: number; height: number })[];
  }[];
  /** The height of each bar in figures, while there is room for them. */
  readonly sums: readonly { readonly x: number; readonly y: number; readonly text: string }[];
  readonly isNarrow: boolean;
}

const WIDTH = 640;
/** Few bars need no more than a narrow screen has: there the last one, which is the present, is seen without scrolling. */
const FEW = 6;
const NARROW = 360;
const HEIGHT = 224;
const TOP = 16;
const BOTTOM = 196;
const CHARACTER = 6.2; // the width of a character at the charts' type size, generously
const LABEL_GAP = 14;
const LABEL_CHARACTERS = 24;
const STYLES = 6;

const round = (value: number): number => Math.round(value * 10) / 10;
const shorten = (text: string): string =>
  text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1).trimEnd()}…` : text;

/** Values from zero up to a round number at or above the largest one, in whole steps: half a click does not exist. */
function scaleUp(largest: number): { y: ScaleLinear<number, number>; yTicks: Tick[] } {
  const step = Math.max(1, tickStep(0, Math.max(1, largest), 4));
  const top = Math.ceil(Math.max(1, largest) / step) * step;
  const y = scaleLinear([0, top], [BOTTOM, TOP]);
  const yTicks: Tick[] = [];
  for (let value = 0; value <= top; value += step) yTicks.push({ text: formatNumber(value), at: round(y(value)) });
  return { y, yTicks };
}

/** As many of the labels as fit beside each other, evenly spaced and always the last, which is the present. */
function spaceOut(labels: readonly string[], at: (index: number) => number, plotWidth: number): Tick[] {
  const widest = (max(labels, (label) => label.length) ?? 0) * CHARACTER + 12;
  const every = Math.max(1, Math.ceil((labels.length * widest) / plotWidth));
  return labels.flatMap((text, index) =>
    (labels.length - 1 - index) % every === 0 ? [{ text, at: round(at(index)) }] : [],
  );
}

/** Moves the positions apart until each has its own line of text, staying in order and inside the plot. */
export function separate(positions: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = positions.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  let ceiling = top;
  for (const item of order) {
    item.at = Math.max(item.at, ceiling);
    ceiling = item.at + gap;
  }
  let floor = bottom;
  for (const item of order.toReversed()) {
    item.at = Math.min(item.at, floor);
    floor = item.at - gap;
  }
  const result: number[] = [];
  for (const { at, index } of order) result[index] = round(at);
  return result;
}

interface Plot {
  readonly frame: Frame;
  readonly y: ScaleLinear<number, number>;
  readonly middle: (index: number) => number;
  readonly start: (index: number) => number;
  readonly band: number;
  /** From one place to the next. */
  readonly step: number;
}

function plotOf(labels: readonly string[], largest: number, labelWidth: number, width = WIDTH): Plot {
  const { y, yTicks } = scaleUp(largest);
  const left = Math.max(28, (max(yTicks, (tick) => tick.text.length) ?? 1) * CHARACTER + 12);
  const right = width - Math.max(10, labelWidth);
  const x = scaleBand(labels.keys(), [left, right]).paddingInner(0.3).paddingOuter(0.15);
  const start = (index: number) => x(index) ?? left;
  const middle = (index: number) => start(index) + x.bandwidth() / 2;
  const xTicks = spaceOut(labels, middle, right - left);
  return {
    frame: { width, height: HEIGHT, left: round(left), right: round(right), bottom: BOTTOM, yTicks, xTicks },
    y,
    middle,
    start,
    band: x.bandwidth(),
    step: x.step(),
  };
}

const titleOf = (label: string, name: string, value: number) => `${label}, ${name}: ${formatNumber(value)}`;

/** A line per series from a baseline of zero, a dot at every value that is not zero, and the name at the line's end. */
export function layOutLines({ labels, series }: ChartData): LineChart {
  const names = series.map(({ name }) => shorten(name));
  const labelWidth = (max(names, (name) => name.length) ?? 0) * CHARACTER + 16;
  const plot = plotOf(labels, max(series, ({ values }) => max(values)) ?? 0, labelWidth);
  const draw = line<number>(
    (_value, index) => round(plot.middle(index)),
    (value) => round(plot.y(value)),
  );
  const ends = series.map(({ values }) => plot.y(values.at(-1) ?? 0));
  const labelAt = separate(ends, LABEL_GAP, TOP, BOTTOM);
  const endX = labels.length === 0 ? plot.frame.left : plot.middle(labels.length - 1);
  return {
    ...plot.frame,
    right: round(endX), // the grid ends with the lines: a name at zero would be struck through by the axis
    lines: series.map(({ name, values, style }, place) => ({
      name,
      style: style ?? (place % STYLES) + 1,
      path: draw(values) ?? '',
      marks: values.flatMap((value, index) =>
        value === 0
          ? []
          : [
              {
                x: round(plot.middle(index)),
                y: round(plot.y(value)),
                title: titleOf(labels[index] ?? '', name, value),
              },
            ],
      ),
      label: { x: round(endX + 8), y: labelAt[place] ?? BOTTOM, text: names[place] ?? '' },
    })),
  };
}

/** A bar per label, the series stacked on each other in their order. */
export function layOutBars({ labels, series }: ChartData): BarChart {
  const rows = labels.map((_label, index) => series.map(({ values }) => values[index] ?? 0));
  const sums = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const isNarrow = labels.length <= FEW;
  const plot = plotOf(labels, max(sums) ?? 0, 0, isNarrow ? NARROW : WIDTH);
  const figures = sums.map(formatNumber);
  const fit = figures.every((text) => text.length * CHARACTER + 2 <= plot.step);
  const layers = stack<number[], number>()
    .keys(series.keys())
    .value((row, place) => row[place] ?? 0)(rows);
  const toBar = (name: string, [low, high]: SeriesPoint<number[]>, index: number) => ({
    x: round(plot.start(index)),
    y: round(plot.y(high)),
    width: round(plot.band),
    height: round(plot.y(low) - plot.y(high)),
    title: titleOf(labels[index] ?? '', name, high - low),
  });
  return {
    ...plot.frame,
    isNarrow,
    sums: figures.flatMap((text, index) =>
      fit && sums[index] !== 0 ? [{ x: round(plot.middle(index)), y: round(plot.y(sums[index] ?? 0) - 5), text }] : [],
    ),
    groups: series.map(({ name, style }, place) => ({
      name,
      style: style ?? (place % STYLES) + 1,
      bars: (layers[place] ?? []).flatMap((point, index) => (point[1] > point[0] ? [toBar(name, point, index)] : [])),
    })),
  };
}

/** The points of a small line without axes, in a box of 100 by 24. */
export function layOutSparkline(values: readonly number[]): string {
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [2, 98]);
  const y = scaleLinear([0, Math.max(1, max(values) ?? 0)], [22, 2]);
  return values.map((value, index) => `${round(x(index))},${round(y(value))}`).join(' ');
}

/** Gives templates the geometry of charts: `data | lineChartLayout`, `| barChartLayout` and `| sparklineLayout`. */
export function addChartFilters(templates: nunjucks.Environment): void {
  templates.addFilter('lineChartLayout', layOutLines);
  templates.addFilter('barChartLayout', layOutBars);
  templates.addFilter('sparklineLayout', layOutSparkline);
}
