import type { Request } from 'express';
import { z } from 'zod';
import { forbidden, notFound } from '../lib/http-error';
import { typedText } from '../lib/typed-text';
import { memberOf, ofProducer } from '../portal';
import type { Services } from '../services';
import { parseForm, summarize } from '../web/forms';
import { actorOf, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { requestService } from './offers';
import { listOffers, type Offer } from './queries';

const HOME = '/dashboard/services';
const SLUG = /^[a-z0-9-]{1,60}$/;
/** Longest note with a request, in characters. */
const LONGEST_NOTE = 500;

const Asked = z.strictObject({
  note: z
    .string()
    .overwrite((text) => typedText(text))
    .max(LONGEST_NOTE, { error: `Use at most ${LONGEST_NOTE} characters.` })
    .default(''),
});

/** Viewers look; asking for something that costs money is for those who run the producer. */
const mayRequest = (req: Request): boolean => memberOf(req).role !== 'viewer';

/** The additional services of the portal: what is offered, and asking for it. */
export function offerRoutes(services: Services): Routes {
  const { db } = services;
  const member = ofProducer(services);

  async function offerOf(req: Request): Promise<Offer> {
    const slug = String(req.params.slug);
    const [offer] = SLUG.test(slug) ? await listOffers(db, memberOf(req).producer.id, slug) : [];
    if (offer === undefined) throw notFound('There is no such service. Nothing was sent.');
    return offer;
  }

  return new Routes(HOME)
    .get('', signedIn, member, async (req, res) => {
      const offers = await listOffers(db, memberOf(req).producer.id);
      respond(req, res, { page: 'views/offers/index.njk', data: { offers, mayRequest: mayRequest(req) } });
    })
    .post('/:slug/request', signedIn, member, async (req, res) => {
      const offer = await offerOf(req);
      if (!mayRequest(req)) throw forbidden('Owners and managers can ask for services. Nothing was sent.');
      const form = parseForm(Asked, req.body);
      const { producer } = memberOf(req);
      if (!form.ok) {
        const problem = { errors: form.errors, summary: summarize(form.errors), values: form.values, slug: offer.slug };
        const data = { offer, mayRequest: true, problem, offers: await listOffers(db, producer.id) };
        respond(req, res, { page: 'views/offers/index.njk', partial: 'partials/offers/offer.njk', status: 422, data });
        return;
      }
      const { note } = form.value;
      const isNew = await requestService(services, actorOf(req), { offer, producer, userId: viewerOf(req).id, note });
      respond(req, res, {
        partial: 'partials/offers/offer.njk',
        data: { offer: await offerOf(req), mayRequest: true, fresh: true },
        toast: {
          kind: isNew ? 'success' : 'info',
          text: isNew ? `Your request for ${offer.name} is with us.` : `${offer.name} was asked for already.`,
        },
        redirect: `${HOME}#service-${offer.slug}`,
      });
    });
}
