import type { Request, Response } from 'express';
import { z } from 'zod';
import { notFound, unprocessable } from '../lib/http-error';
import { typedText } from '../lib/typed-text';
import { memberOf, ofProducer } from '../portal';
import type { Services } from '../services';
import { parseForm, summarize } from '../web/forms';
import { actorOf, queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { LIMITS } from './models';
import { findTicket, listMessages, listTickets, PER_PAGE, type Ticket, type TicketState } from './queries';
import { openTicket, reply, setState } from './tickets';

const HOME = '/dashboard/support';
const NUMBER = /^[1-9]\d{0,8}$/;
const STATES: readonly TicketState[] = ['open', 'answered', 'closed'];
const MOST_PAGES = 500;

/** What somebody writes to us, or we to them. */
export const body = z
  .string({ error: 'Write a message.' })
  .overwrite((text) => typedText(text, { lines: true }))
  .min(1, { error: 'Write a message.' })
  .max(LIMITS.message, { error: `Use at most ${LIMITS.message.toLocaleString('en')} characters.` });

const NewTicket = z.strictObject({
  subject: z
    .string({ error: 'Say in a few words what it is about.' })
    .overwrite((text) => typedText(text))
    .min(1, { error: 'Say in a few words what it is about.' })
    .max(LIMITS.subject, { error: `Use at most ${LIMITS.subject} characters.` }),
  body,
});
const Reply = z.strictObject({ body });
const Closing = z.strictObject({ to: z.enum(['open', 'closed']) });

/** Support in the portal: a producer's tickets, and writing to us. Everybody who belongs to the producer sees all of them. */
export function supportRoutes(services: Services): Routes {
  const { db } = services;
  const member = ofProducer(services);

  async function ticketOf(req: Request): Promise<Ticket> {
    const number = String(req.params.number);
    const ticket = NUMBER.test(number) ? await findTicket(db, memberOf(req).producer.id, Number(number)) : undefined;
    if (ticket === undefined) throw notFound('There is no such ticket.');
    return ticket;
  }

  async function showTicket(req: Request, res: Response, ticket: Ticket, more: Record<string, unknown> = {}) {
    const said = await listMessages(db, ticket.id);
    respond(req, res, {
      page: 'views/support/ticket.njk',
      partial: 'partials/support/conversation.njk',
      ...(more.status === undefined ? {} : { status: Number(more.status) }),
      ...(more.redirect === undefined ? {} : { redirect: String(more.redirect) }),
      data: { ticket, said, limits: LIMITS, errors: {}, values: {}, ...more },
    });
  }

  return new Routes(HOME)
    .get('', signedIn, member, async (req, res) => {
      const page = NUMBER.test(queryText(req, 'p')) ? Math.min(Number(queryText(req, 'p')), MOST_PAGES) : 1;
      const state = STATES.find((each) => each === queryText(req, 'state'));
      const { tickets, counts } = await listTickets(db, memberOf(req).producer.id, { page, state });
      const total = state === undefined ? counts.open + counts.answered + counts.closed : counts[state];
      const pager = { page, perPage: PER_PAGE, total, pages: Math.max(1, Math.ceil(total / PER_PAGE)) };
      respond(req, res, { page: 'views/support/index.njk', data: { tickets, counts, state, pager } });
    })
    .get('/new', signedIn, member, (req, res) => {
      const values = { subject: queryText(req, 'subject').slice(0, LIMITS.subject) };
      respond(req, res, { page: 'views/support/new.njk', data: { values, errors: {}, limits: LIMITS } });
    })
    .post('/new', signedIn, member, async (req, res) => {
      const form = parseForm(NewTicket, req.body);
      if (!form.ok) {
        respond(req, res, {
          page: 'views/support/new.njk',
          partial: 'partials/support/new-form.njk',
          status: 422,
          data: { errors: form.errors, values: form.values, summary: summarize(form.errors), limits: LIMITS },
        });
        return;
      }
      const producerId = memberOf(req).producer.id;
      const number = await openTicket(services, actorOf(req), { ...form.value, producerId, userId: viewerOf(req).id });
      respond(req, res, {
        redirect: `${HOME}/${number}`,
        toast: { kind: 'success', text: `Ticket #${number} is with us. We answer here and by mail.` },
      });
    })
    .get('/:number', signedIn, member, async (req, res) => showTicket(req, res, await ticketOf(req)))
    .post('/:number/replies', signedIn, member, async (req, res) => {
      const ticket = await ticketOf(req);
      const form = parseForm(Reply, req.body);
      if (!form.ok) {
        const summary = summarize(form.errors);
        await showTicket(req, res, ticket, { status: 422, errors: form.errors, values: form.values, summary });
        return;
      }
      await reply(services, actorOf(req), { ticket, userId: viewerOf(req).id, body: form.value.body });
      await showTicket(req, res, await ticketOf(req), { redirect: `${HOME}/${ticket.number}#latest`, fresh: true });
    })
    .post('/:number/closing', signedIn, member, async (req, res) => {
      const ticket = await ticketOf(req);
      const form = parseForm(Closing, req.body);
      if (!form.ok) throw unprocessable('Choose whether the ticket is closed or open. Nothing was changed.');
      await setState(services, actorOf(req), { ticket, state: form.value.to });
      await showTicket(req, res, await ticketOf(req), { redirect: `${HOME}/${ticket.number}`, fresh: true });
    });
}
