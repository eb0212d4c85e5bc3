// Screenshots with a palette of at most 256 colours: a third of the size, and the difference cannot be seen.
// Reads what Chromium writes (8 bits a channel, RGB or RGBA, not interlaced) and uses nothing but Node itself.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST = 256;
/** So many of the most frequent colours are kept exactly: surfaces, lines and text. */
const EXACT = 112;

function chunksOf(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('this is no PNG');
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function paeth(left, up, corner) {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** Takes the filters of the rows away; gives the bare bytes. */
function unfilter(raw, width, height, channels) {
  const stride = width * channels;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= channels ? out[at - channels] : 0;
      const up = y > 0 ? out[at - stride] : 0;
      const corner = x >= channels && y > 0 ? out[at - stride - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[at] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

function decode(png) {
  const chunks = chunksOf(png);
  const header = chunks[0].data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || channels === undefined || header[12] !== 0) throw new Error('this kind of PNG is not known');
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const bytes = unfilter(inflateSync(packed), width, height, channels);
  const colours = new Uint32Array(width * height);
  for (let at = 0; at < colours.length; at++) {
    const from = at * channels;
    colours[at] = (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2];
  }
  return { width, height, colours };
}

const channel = (colour, shift) => (colour >> shift) & 0xff;
const SHIFTS = [16, 8, 0];

function spread(box) {
  const ranges = SHIFTS.map((shift) => {
    const values = box.map(([colour]) => channel(colour, shift));
    return { shift, range: Math.max(...values) - Math.min(...values) };
  });
  return ranges.reduce((widest, each) => (each.range > widest.range ? each : widest));
}

/** Median cut: halves the widest box until there are enough; each gives the mean of its colours. */
function medianCut(entries, count) {
  const boxes = [entries];
  while (boxes.length < count) {
    const widest = boxes
      .map((box, index) => ({ index, ...spread(box) }))
      .reduce((best, each) => (each.range > best.range ? each : best));
    if (widest.range === 0) break;
    const [box] = boxes.splice(widest.index, 1);
    box.sort(([a], [b]) => channel(a, widest.shift) - channel(b, widest.shift));
    const middle = Math.ceil(box.length / 2);
    boxes.push(box.slice(0, middle), box.slice(middle));
  }
  return boxes.map((box) => {
    const weight = box.reduce((sum, [, times]) => sum + times, 0);
    return SHIFTS.reduce((colour, shift) => {
      const mean = box.reduce((sum, [one, times]) => sum + channel(one, shift) * times, 0) / weight;
      return colour | (Math.round(mean) << shift);
    }, 0);
  });
}

function paletteOf(colours) {
  const times = new Map();
  for (const colour of colours) times.set(colour, (times.get(colour) ?? 0) + 1);
  const entries = [...times].sort(([, a], [, b]) => b - a);
  if (entries.length <= MOST) return entries.map(([colour]) => colour);
  const exact = entries.slice(0, EXACT).map(([colour]) => colour);
  return [...exact, ...medianCut(entries.slice(EXACT), MOST - EXACT)];
}

function nearest(palette, colour) {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of palette.entries()) {
    const distance = SHIFTS.reduce((sum, shift) => sum + (channel(candidate, shift) - channel(colour, shift)) ** 2, 0);
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** The same picture with a palette. */
export function withPalette(png) {
  const { width, height, colours } = decode(png);
  const palette = paletteOf(colours);
  const indexes = new Map(palette.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colours[y * width + x];
      if (!indexes.has(colour)) indexes.set(colour, nearest(palette, colour));
      rows[y * (width + 1) + 1 + x] = indexes.get(colour);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // eight bits, palette
  const colourTable = Buffer.from(palette.flatMap((colour) => SHIFTS.map((shift) => channel(colour, shift))));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colourTable),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
