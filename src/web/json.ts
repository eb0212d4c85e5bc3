import express, { type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import { badRequest, HttpError, unprocessable } from '../lib/http-error';

/** The largest body that the API reads, in kilobytes, after unpacking. */
const MAX_KILOBYTES = 64;

const parse = express.json({ limit: `${MAX_KILOBYTES}kb`, type: 'application/json' });

const hasBody = (req: Request): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

/** Reads a body of JSON; another content type is refused before anything reads it. No body counts as an empty object. */
export function parseJsonBody(req: Request, res: Response, next: NextFunction): void {
  if (hasBody(req) && !req.is('application/json')) {
    next(new HttpError(415, 'unsupported_media_type', 'Send this as JSON (application/json).'));
    return;
  }
  parse(req, res, (error?: unknown) => {
    req.body ??= {};
    next(error === undefined ? undefined : refusal(error));
  });
}

/** What a parser's error means to whoever sent the body; errors of another kind stay what they are. */
function refusal(error: unknown): unknown {
  const type: unknown = (error as { type?: unknown } | null)?.type;
  if (type === 'entity.too.large') {
    return new HttpError(413, 'too_large', `A body has at most ${MAX_KILOBYTES} KB. Nothing was changed.`, {
      cause: error,
    });
  }
  return type === 'entity.parse.failed'
    ? badRequest('The body is not JSON that can be read. Nothing was changed.', 'bad_json')
    : error;
}

/** Most mistakes that one answer names. */
const MOST_NAMED = 5;
const shown = (name: PropertyKey): string => `“${String(name).slice(0, 60)}”`;

const sentenceOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'unrecognized_keys') {
    return `There is no field ${issue.keys.slice(0, MOST_NAMED).map(shown).join(', ')} here.`;
  }
  const [name] = issue.path;
  return name === undefined ? 'The body is one JSON object.' : `${shown(name)}: ${issue.message}.`;
};

/** The body in the form that a strict schema gives it. Throws 422 with the names of the fields that are wrong or too many. */
export function readJson<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const sentences = result.error.issues.slice(0, MOST_NAMED).map(sentenceOf);
  throw unprocessable(`${sentences.join(' ')} Nothing was changed.`);
}
