import { z } from 'zod';
import { type AdminParts, idOf, modelPolicy, modelUrl } from '../admin';
import { notFound } from '../lib/http-error';
import type { Services } from '../services';
import { parseForm, summarize } from '../web/forms';
import { actorOf, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { Routes } from '../web/routes';
import { ticketAdmin } from './admin';
import { LIMITS } from './models';
import { findTicketForStaff, listMessages } from './queries';
import { body } from './routes';
import { answer } from './tickets';

const Answer = z.strictObject({ body });

/** How staff answer a ticket, from the form below it. */
export function supportAdminRoutes(parts: AdminParts, services: Services): Routes {
  const { db, clock, mail, config } = services;
  const url = modelUrl(ticketAdmin.model);
  return new Routes().post(`${url}:id/reply/`, modelPolicy(parts.site, ticketAdmin, 'change'), async (req, res) => {
    const ticketId = idOf(req);
    const found = await findTicketForStaff(db, ticketId);
    if (found === undefined) throw notFound();
    const form = parseForm(Answer, req.body);
    if (!form.ok) {
      const panel = {
        ticket: found.ticket,
        said: await listMessages(db, ticketId),
        limits: LIMITS,
        errors: form.errors,
        values: form.values,
        summary: summarize(form.errors),
      };
      respond(req, res, {
        page: 'views/support/staff-answer.njk',
        partial: 'partials/support/staff.njk',
        status: 422,
        data: { panel, canChange: true, appList: parts.site.appList(viewerOf(req)) },
      });
      return;
    }
    const answering = { ticketId, userId: viewerOf(req).id, body: form.value.body };
    await answer({ db, clock, mail, baseUrl: config.baseUrl }, actorOf(req), answering);
    respond(req, res, {
      redirect: `${url}${ticketId}/change/`,
      toast: {
        kind: 'success',
        text: `Ticket #${found.ticket.number} is answered. ${mail.canSend ? `${found.producer.name} is told by mail.` : 'No mail leaves: SMTP_URL is not set.'}`,
      },
    });
  });
}
