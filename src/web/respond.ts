import type { Request, Response } from 'express';
import { renderLazily } from './lazy';
import { isHtmx, wantsPartial } from './request';
import type { Templates } from './templates';

/** A short message about what just happened, shown once; `undo` is a form that takes it back. */
export interface Toast {
  kind: 'success' | 'info' | 'warning' | 'error';
  text: string;
  /** `target` names what the answer replaces on the page that stays open; without it Undo leads to another page. */
  undo?: { action: string; fields: Record<string, string>; target?: string };
  /** What it is about, for a page that also says it in that place. */
  about?: string;
}

declare module 'express-session' {
  interface SessionData {
    flash?: Toast[];
  }
}

/** What a handler answers; `respond` picks the rendering that the caller asked for. */
export interface Answer {
  /** Whole page, by its path in the repository. */
  page?: string;
  /** The fragment for htmx; without it htmx gets the page, or leaves for `redirect`. */
  partial?: string;
  data?: Record<string, unknown>;
  toast?: Toast | undefined;
  /** Further fragments for htmx that replace what else changed: selector, template, data and swap style. */
  also?: { target: string; partial: string; data?: Record<string, unknown>; swap?: string }[];
  /** Where a plain form goes after the act (303), and htmx too when there is no partial. */
  redirect?: string;
  status?: number;
}

/** Renders a template with what every template sees (viewer, csrfToken, asset …) and `data`. */
export function render(req: Request, res: Response, template: string, data: Record<string, unknown> = {}): string {
  const templates = req.app.get('templates') as Templates;
  return templates.render(template, { ...res.locals, ...data });
}

/** Keeps a message for the next page that this person opens. */
export function flash(req: Request, toast: Toast): void {
  if (req.session === undefined) return;
  req.session.flash = [...(req.session.flash ?? []), toast].slice(-5);
}

/** The messages that were kept for the next page, which is this one. */
function takeMessages(req: Request): Toast[] {
  const messages = req.session?.flash ?? [];
  if (messages.length > 0) delete req.session.flash;
  return messages;
}

/** A whole page: like `render`, with the messages that were kept for it. */
export function renderPage(req: Request, res: Response, template: string, data: Record<string, unknown> = {}): string {
  return render(req, res, template, { messages: takeMessages(req), ...data });
}

/** Sends a whole page, as soon as what its templates read is there. */
function sendPage(req: Request, res: Response, template: string, data: Record<string, unknown>, status: number): void {
  const messages = takeMessages(req);
  const send = (html: string): void => void res.status(status).type('html').send(html);
  const html = renderLazily(res, template, () => render(req, res, template, { messages, ...data }));
  if (typeof html === 'string') send(html);
  else html.then(send).catch((error: unknown) => req.next?.(error));
}

function partialFor(target: string, swap: string, html: string): string {
  return `<hx-partial hx-target="${target}" hx-swap="${swap}">${html}</hx-partial>`;
}

/** A toast as a fragment that htmx puts where toasts go, whatever the rest of the answer does. */
export function toastPartial(req: Request, res: Response, toast: Toast): string {
  const target = toast.kind === 'error' ? '#ff-alerts' : '#ff-toasts';
  return partialFor(target, 'beforeend', render(req, res, 'partials/toast.njk', { toast }));
}

/**
 * Answers a request in the form its caller wants: a fragment with its companions for htmx, a page for a plain read, a
 * redirect with a message for a plain write.
 */
export function respond(req: Request, res: Response, answer: Answer): void {
  res.vary('HX-Request').vary('HX-Request-Type');
  const { data = {}, toast, status = 200 } = answer;
  if (isHtmx(req) && answer.partial !== undefined && wantsPartial(req)) {
    const parts = [render(req, res, answer.partial, data)];
    for (const { target, partial, data: own, swap } of answer.also ?? []) {
      parts.push(partialFor(target, swap ?? 'outerMorph', render(req, res, partial, { ...data, ...own })));
    }
    if (toast !== undefined) parts.push(toastPartial(req, res, toast));
    res.status(status).type('html').send(parts.join('\n'));
    return;
  }
  if (answer.redirect !== undefined) {
    if (toast !== undefined) flash(req, toast);
    if (isHtmx(req)) res.status(200).set('HX-Redirect', answer.redirect).type('html').send('');
    else res.redirect(303, answer.redirect);
    return;
  }
  if (answer.page === undefined) throw new Error('an answer needs a page, a redirect or, for htmx, a partial');
  sendPage(req, res, answer.page, toast === undefined ? data : { ...data, toast }, status);
}
