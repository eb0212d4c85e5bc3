import { z } from 'zod';
import { formatMoney, fromMajor, toMajor } from '../lib/money';
import { fromLocal, toLocal } from '../lib/zone';
import { SHOW_STATUSES } from './models';
import type { Show, ShowColumns, ShowStatus } from './queries';

export interface ShowFormContext {
  readonly currency: string;
  readonly timeZone: string;
}

/** Control characters have no place in what is shown; line breaks stay where there may be several lines. */
const clean = (text: string, lines = false): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(lines ? /[^\P{Cc}\n\t]/gu : /\p{Cc}/gu, '')
    .trim();

const line = (max: number, empty?: string) =>
  z
    .string({ error: empty ?? 'Enter a value.' })
    .transform((text) => clean(text))
    .refine((text) => empty === undefined || text !== '', { error: empty ?? '' })
    .refine((text) => text.length <= max, { error: `Use at most ${max} characters.` });

/** What the form of a show takes; amounts in the producer's currency, times in the zone of whoever fills it in. */
export const showForm = ({ currency, timeZone }: ShowFormContext) =>
  z
    .strictObject({
      version: z.string().max(40).optional(),
      _save: z.string().max(10).optional(),
      title: line(120, 'Enter the title of the show.'),
      venue: line(120, 'Enter where it takes place.'),
      city: line(80).optional(),
      starts_at: z.string({ error: 'Enter when it starts.' }).transform((text, context) => {
        const time = fromLocal(text, timeZone);
        if (time !== undefined && time.getUTCFullYear() >= 2000 && time.getUTCFullYear() < 2100)
          return time.toISOString();
        const message =
          text.trim() === '' ? 'Enter when it starts.' : 'Enter a date and time that exist, like 2026-11-21 19:30.';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }),
      capacity: z
        .string({ error: 'Enter how many places there are.' })
        .transform((text) => text.trim().replaceAll(',', ''))
        .refine((text) => /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= 100_000, {
          error: 'Enter a whole number from 1 to 100,000.',
        })
        .transform(Number),
      price: z.string({ error: 'Enter the price of a ticket.' }).transform((text, context) => {
        const minor = fromMajor(text, currency);
        if (minor !== undefined && minor <= 100_000_000) return minor;
        const example = toMajor(2_500, currency);
        const message =
          minor === undefined
            ? `Enter an amount, like ${example}. Free shows cost 0.`
            : `Enter at most ${formatMoney(100_000_000, currency)}.`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }),
      status: z.enum(SHOW_STATUSES.map(({ value }) => value) as [ShowStatus, ...ShowStatus[]], {
        error: 'Choose one of the list.',
      }),
      description: z
        .string()
        .transform((text) => clean(text, true))
        .refine((text) => text.length <= 2_000, { error: 'Use at most 2,000 characters.' })
        .optional(),
    })
    .transform(({ version = '', _save: _button, price, city = '', description = '', ...rest }) => ({
      version,
      show: { ...rest, city, description, price_minor: price, currency } satisfies ShowColumns,
    }));

/** What the form shows of a show. */
export const formValues = (show: Show, timeZone: string): Record<string, string> => ({
  title: show.title,
  venue: show.venue,
  city: show.city,
  starts_at: toLocal(show.startsAt, timeZone),
  capacity: String(show.capacity),
  price: toMajor(show.priceMinor, show.currency),
  status: show.status,
  description: show.description,
});

const LABELS: Record<string, string> = {
  title: 'Title',
  venue: 'Venue',
  city: 'City',
  starts_at: 'Starts',
  capacity: 'Places',
  price: 'Price',
  status: 'Status',
  description: 'Description',
};

const words = (name: string, value: string): string => {
  if (name === 'status') return SHOW_STATUSES.find((status) => status.value === value)?.text ?? value;
  return name === 'starts_at' ? value.replace('T', ' ') : value;
};

/** Where two fillings of the form differ, as somebody reads them. */
export const differences = (
  theirs: Record<string, string>,
  mine: Record<string, string>,
): { label: string; theirs: string; mine: string }[] =>
  Object.entries(LABELS)
    // Browsers send line breaks in a spelling of their own.
    .filter(([name]) => clean(theirs[name] ?? '', true) !== clean(mine[name] ?? '', true))
    .map(([name, label]) => ({ label, theirs: words(name, theirs[name] ?? ''), mine: words(name, mine[name] ?? '') }));
