/** Sets `created_at` when a row is made and `modified_at` whenever it is written. */
export const timestamps = (
  _values: unknown,
  { adding, now }: { adding: boolean; now: Date },
): Record<string, unknown> => ({
  ...(adding ? { created_at: now } : {}),
  modified_at: now,
});
