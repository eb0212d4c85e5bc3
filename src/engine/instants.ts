const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):(\d{2}))$/;
/** What a Date can hold, in milliseconds around 1970. */
const FURTHEST = 8.64e15;

/** Whether there is such a day. */
const isDay = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Milliseconds since 1970 of ISO 8601 with an offset, or of such milliseconds themselves; undefined for anything else. */
export function parseInstant(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) <= FURTHEST ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const found = ISO.exec(value);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const sign = found[8] === '-' ? -1 : 1;
  const [hours, minutes] = [Number(found[9] ?? 0), Number(found[10] ?? 0)];
  if (hours > 23 || minutes > 59) return undefined;
  const fraction = Number(`0.${found[7] ?? ''}`) * 1000;
  // Not Date.UTC alone, which takes the years 0 to 99 for those of the last century.
  const time = new Date(0).setUTCFullYear(year, month - 1, day);
  return time + ((hour * 60 + minute - sign * (hours * 60 + minutes)) * 60 + second) * 1000 + Math.floor(fraction);
}
