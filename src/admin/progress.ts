import type { Request, Response } from 'express';
import { toHttpError } from '../web/errors';
import { isHtmx } from '../web/request';
import { flash, render, respond, type Toast, toastPartial } from '../web/respond';

/** From how many objects on the one who waits is told how far it has come. */
const WORTH_TELLING = 2_000;

/** The shortest pause between two reports, in milliseconds. */
const PACE = 80;

/** Where a finished act leads, and what is said there. */
interface Outcome {
  redirect: string;
  toast: Toast;
}

type Progress = (done: number, total: number) => void;

const message = (html: string): string =>
  `${html
    .trim()
    .split('\n')
    .map((line) => `data: ${line}`)
    .join('\n')}\n\n`;

const saved = (req: Request): Promise<void> =>
  new Promise((resolve) => {
    if (req.session === undefined) resolve();
    else req.session.save(() => resolve());
  });

/**
 * Answers with where the work leads. To htmx a large one reports how far it has come while it goes on, as a stream of
 * pieces for the element that asked, and ends with the event `ff-go`; everybody else waits for the redirect.
 */
export async function answerWithProgress(
  req: Request,
  res: Response,
  { count, label }: { count: number; label: string },
  work: (progress: Progress) => Promise<Outcome>,
): Promise<void> {
  if (!isHtmx(req) || count < WORTH_TELLING) return respond(req, res, await work(() => undefined));
  let last = 0;
  const report: Progress = (done, total) => {
    const now = performance.now();
    if (now - last < PACE && done < total) return;
    last = now;
    begin(res);
    res.write(message(render(req, res, 'partials/admin/progress.njk', { done, total, label })));
  };
  try {
    const { redirect, toast } = await work(report);
    if (!res.headersSent) return respond(req, res, { redirect, toast });
    flash(req, toast);
    await saved(req);
    res.end(`event: ff-go\ndata: ${redirect}\n\n`);
  } catch (error) {
    if (!res.headersSent) throw error;
    const { status, message: text } = toHttpError(error);
    if (status >= 500) req.log.error({ err: error }, 'a change of many objects failed; nothing of it was kept');
    const words =
      status >= 500 ? `Nothing was changed: something broke on our side. Reference ${String(req.id)}` : text;
    res.end(message(toastPartial(req, res, { kind: 'error', text: words })));
  }
}

function begin(res: Response): void {
  if (res.headersSent) return;
  res.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
}
