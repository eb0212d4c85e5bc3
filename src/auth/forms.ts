import { z } from 'zod';
import { badRequest } from '../lib/http-error';
import { type Parsed, parseForm } from '../web/forms';

/** An address as people type it: surrounding space does not count, and it fits a mail header. */
export const emailField = z
  .string()
  .max(254, { error: 'Use at most 254 characters.' })
  .transform((text) => text.trim())
  .pipe(z.email({ error: 'Enter an e-mail address like name@example.com.' }));

/** A password on its way to a check: never trimmed or cut. */
export const passwordField = z
  .string()
  .min(1, { error: 'Enter your password.' })
  .max(1024, { error: 'This is too long.' });

export const nameField = z
  .string()
  .transform((text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim())
  .pipe(z.string().min(1, { error: 'Enter your name.' }).max(150, { error: 'Use at most 150 characters.' }));

/**
 * A form about somebody's account. Each field may come once: which of two passwords was meant is not ours to guess, so a
 * repeated field is refused (400) rather than read.
 */
export function parseAuthForm<T>(schema: z.ZodType<T>, body: unknown): Parsed<T> {
  if (typeof body === 'object' && body !== null) {
    for (const value of Object.values(body)) {
      if (typeof value !== 'string') throw badRequest('A field of this form was sent twice. Nothing was changed.');
    }
  }
  return parseForm(schema, body);
}
