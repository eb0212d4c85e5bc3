/** A moment as both databases keep it: ISO 8601 in UTC with milliseconds. */
export const toDbTime = (time: Date): string => time.toISOString();

/** A moment read back: SQLite gives the text, PostgreSQL a Date. */
export function fromDbTime(value: unknown): Date {
  return value instanceof Date ? value : new Date(String(value));
}

/** The same for a column that may be empty. */
export const fromDbTimeOrNull = (value: unknown): Date | null =>
  value === null || value === undefined ? null : fromDbTime(value);
