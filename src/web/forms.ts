import type { z } from 'zod';

/** Messages by field name; what concerns the whole form stands under the empty name. */
export type FormErrors = Record<string, string[]>;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly values: Record<string, string> }
  | { readonly ok: false; readonly errors: FormErrors; readonly values: Record<string, string> };

/** What was typed, as text, so that a refused form shows it again. Repeated fields keep their last value. */
export function typedValues(body: unknown): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  if (typeof body !== 'object' || body === null) return values;
  for (const [name, value] of Object.entries(body)) {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof last === 'string' && name !== '_csrf') values[name] = last;
  }
  return values;
}

/** Checks a form against its schema; the token field is not part of it, unknown fields are refused by strict schemas. */
export function parseForm<T>(schema: z.ZodType<T>, body: unknown): Parsed<T> {
  const values = typedValues(body);
  const result = schema.safeParse({ ...values });
  if (result.success) return { ok: true, value: result.data, values };
  const errors: FormErrors = Object.create(null);
  for (const issue of result.error.issues) {
    const name = String(issue.path[0] ?? '');
    errors[name] = [...(errors[name] ?? []), issue.message];
  }
  return { ok: false, errors, values };
}

/** The messages as an error summary lists them: each leads to its field. */
export function summarize(errors: FormErrors): { text: string; href: string | null }[] {
  return Object.entries(errors).flatMap(([name, messages]) =>
    messages.map((text) => ({ text, href: name === '' ? null : `#id_${name}` })),
  );
}
