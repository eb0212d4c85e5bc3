import type { ErrorRequestHandler, Request, Response } from 'express';
import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { HttpError } from '../lib/http-error';
import type { Services } from '../services';
import { actorOf } from '../web/request';

/** Trying the same again within this time is not written down again: whoever is refused must not fill the log. */
const QUIET_MS = 10 * 60_000;
const MOST_REMEMBERED = 10_000;

/** The policy that refused, or the word for a refusal further inside; undefined when it was something else. */
function refusedBy(error: unknown, res: Response): string | undefined {
  if (!(error instanceof HttpError) || ![403, 404].includes(error.status)) return undefined;
  const { refusedBy: policy } = res.locals;
  if (typeof policy === 'string') return policy;
  return error.code === 'forbidden' ? 'operation' : undefined;
}

/** One-time links carry their secret in the path. */
const shownPath = (req: Request): string => req.path.replace(/[\w-]{32,}/g, '…');

/**
 * Writes into the audit log when somebody who is signed in asks for what they may not have. Comes before the handler that
 * answers, and never stands in its way.
 */
export function auditRefusals({ db, clock, log }: Pick<Services, 'db' | 'clock' | 'log'>): ErrorRequestHandler {
  const seen = new Map<string, number>();
  const isNews = (key: string): boolean => {
    const now = clock.now().getTime();
    const last = seen.get(key);
    if (last !== undefined && now - last < QUIET_MS) return false;
    if (seen.size >= MOST_REMEMBERED) seen.clear();
    seen.set(key, now);
    return true;
  };
  return async (error: unknown, req, res, next) => {
    const by = refusedBy(error, res);
    if (by !== undefined && req.user !== undefined && isNews(`${req.user.id} ${req.method} ${by}`)) {
      const path = shownPath(req);
      await inTransaction(db, (trx) =>
        recordAudit(trx, clock, actorOf(req), {
          action: 'refused',
          objectType: 'web.route',
          objectId: by.slice(0, 100),
          objectLabel: `${req.method} ${path}`,
          message: `Asked for ${req.method} ${path} and was refused.`,
        }),
      ).catch((fault: unknown) => log.error({ err: fault }, 'a refusal could not be written into the audit log'));
    }
    next(error);
  };
}
