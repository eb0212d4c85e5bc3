const FORMATTERS = new Map<string, Intl.DateTimeFormat>();
const MOST = 600;

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATTERS.get(timeZone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone });
  } catch {
    return formatterOf('UTC');
  }
  if (FORMATTERS.size < MOST) FORMATTERS.set(timeZone, made);
  return made;
}

/** A moment as the clocks of a zone show it, like `2026-11-21T14:05`: what `datetime-local` fields hold. */
export const toLocal = (time: Date, timeZone: string): string => formatterOf(timeZone).format(time).replace(' ', 'T');

/**
 * The moment at which the clocks of a zone show this, like `2026-11-21T14:05`; undefined when it is no such text, or when
 * they never do, because they were put forward at that time.
 */
export function fromLocal(text: string, timeZone: string): Date | undefined {
  const wanted = text.trim().replace(' ', 'T').slice(0, 16);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(wanted)) return undefined;
  const asUtc = Date.parse(`${wanted}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const offsetAt = (time: number) => Date.parse(`${toLocal(new Date(time), timeZone)}Z`) - time;
  // The offset depends on the moment that is looked for, so it is asked a second time near where that must be.
  const first = asUtc - offsetAt(asUtc);
  const time = new Date(asUtc - offsetAt(first));
  return toLocal(time, timeZone) === wanted ? time : undefined;
}
