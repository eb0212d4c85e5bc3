import type { Request, RequestHandler, Response } from 'express';
import { forbidden } from '../lib/http-error';
import { memberOf, ofProducer } from '../portal';
import type { Services } from '../services';
import { type FormErrors, parseForm, summarize } from '../web/forms';
import { actorOf, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { listData, listState, wishOf } from './list';
import { findShow, listOrders, listShows, type Show } from './queries';
import { findBalance } from './queries-money';
import { differences, formValues, showForm } from './show-form';
import { canPublish, changeShow, createShow, InvalidShow, noSuchShow, phaseOf, StaleShow, versionOf } from './shows';

const SHOWS = {
  url: '/dashboard/shows',
  noun: 'show',
  nounPlural: 'shows',
  filters: [
    { value: 'on_sale', text: 'On sale' },
    { value: 'draft', text: 'Draft' },
    { value: 'past', text: 'Past' },
    { value: 'cancelled', text: 'Cancelled' },
  ],
  columns: [
    { key: 'title', text: 'Show', sorts: true },
    { key: 'starts_at', text: 'Starts', sorts: true },
    { key: 'status', text: 'Status' },
    { key: 'sold', text: 'Sold', sorts: true, align: 'number' },
    { key: 'revenue', text: 'Revenue', sorts: true, align: 'number' },
  ],
} as const;

/** The number of an object in an address; 0, which nothing has, when it is none. */
export const idOf = (req: Request): number => {
  const { id } = req.params;
  return typeof id === 'string' && /^[1-9]\d{0,8}$/.test(id) ? Number(id) : 0;
};

/** What the form of a show is drawn with, besides the show itself. */
interface Filling {
  readonly values: Record<string, string>;
  readonly version?: string | undefined;
  readonly errors?: FormErrors;
  readonly conflict?: readonly { label: string; theirs: string; mine: string }[];
  readonly status?: number;
}

/** Shows of a producer: everybody there may look, owners and managers who may publish add and change. */
export function showRoutes(services: Services): Routes {
  const { db, clock } = services;
  const member = ofProducer(services);

  const publishing: RequestHandler = (req, _res, next) => {
    if (!canPublish(memberOf(req))) {
      throw forbidden('You can look at shows. Ask an owner of your producer if you need to add or change them.');
    }
    next();
  };

  const load = async (req: Request): Promise<Show> => {
    const show = await findShow(db, memberOf(req).producer.id, idOf(req));
    if (show === undefined) throw noSuchShow();
    return show;
  };

  const currencyOf = async (req: Request): Promise<string> =>
    (await findBalance(db, memberOf(req).producer.id))?.currency ?? 'USD';

  function drawForm(req: Request, res: Response, show: Show | undefined, currency: string, filling: Filling): void {
    const { status = 200, errors = {}, ...rest } = filling;
    respond(req, res, {
      page: 'views/boxoffice/show-form.njk',
      status,
      data: {
        show,
        currency,
        timeZone: viewerOf(req).timeZone,
        errors,
        summary: summarize(errors),
        action: show === undefined ? '/dashboard/shows/new' : `/dashboard/shows/${show.id}/edit`,
        ...rest,
      },
    });
  }

  return new Routes('/dashboard/shows')
    .get('', signedIn, member, async (req, res) => {
      const { producer } = memberOf(req);
      const state = listState(req, SHOWS);
      const page = await listShows(db, producer.id, wishOf(state), clock.now());
      const rows = page.rows.map((show) => ({ ...show, phase: phaseOf(show, clock.now()) }));
      respond(req, res, {
        page: 'views/boxoffice/shows.njk',
        partial: 'partials/boxoffice/show-list.njk',
        data: { ...listData(SHOWS, state, { ...page, rows }), mayPublish: canPublish(memberOf(req)) },
      });
    })
    .get('/new', signedIn, member, publishing, async (req, res) => {
      drawForm(req, res, undefined, await currencyOf(req), { values: { status: 'draft' } });
    })
    .post('/new', signedIn, member, publishing, async (req, res) => {
      const currency = await currencyOf(req);
      const form = parseForm(showForm({ currency, timeZone: viewerOf(req).timeZone }), req.body);
      if (!form.ok) return drawForm(req, res, undefined, currency, { ...form, status: 422 });
      const id = await createShow(services, actorOf(req), memberOf(req).producer.id, form.value.show);
      const text = `${form.value.show.title} is added${form.value.show.status === 'draft' ? ' as a draft' : ''}.`;
      respond(req, res, {
        redirect: `/dashboard/shows/${id}${res.locals.producerQuery}`,
        toast: { kind: 'success', text },
      });
    })
    .get('/:id', signedIn, member, async (req, res) => {
      const show = await load(req);
      const newest = { q: '', filter: '', order: '', descending: false, limit: 5, offset: 0 };
      const orders = await listOrders(db, memberOf(req).producer.id, newest, show.id);
      respond(req, res, {
        page: 'views/boxoffice/show.njk',
        data: {
          show,
          phase: phaseOf(show, clock.now()),
          orders: orders.rows,
          orderCount: orders.total,
          mayPublish: canPublish(memberOf(req)),
        },
      });
    })
    .get('/:id/edit', signedIn, member, publishing, async (req, res) => {
      const show = await load(req);
      const values = formValues(show, viewerOf(req).timeZone);
      drawForm(req, res, show, show.currency, { values, version: versionOf(show) });
    })
    .post('/:id/edit', signedIn, member, publishing, async (req, res) => {
      const show = await load(req);
      const { timeZone } = viewerOf(req);
      const form = parseForm(showForm({ currency: show.currency, timeZone }), req.body);
      const { version, ...values } = form.values;
      if (!form.ok) return drawForm(req, res, show, show.currency, { ...form, values, version, status: 422 });
      try {
        const change = { id: show.id, version: form.value.version, show: form.value.show };
        const changed = await changeShow(services, actorOf(req), memberOf(req).producer.id, change);
        respond(req, res, {
          redirect: `/dashboard/shows/${show.id}${res.locals.producerQuery}`,
          toast: changed
            ? { kind: 'success', text: `${form.value.show.title} is saved.` }
            : { kind: 'info', text: 'Nothing was different, so nothing was saved.' },
        });
      } catch (error) {
        if (error instanceof InvalidShow) {
          return drawForm(req, res, show, show.currency, { values, version, errors: error.errors, status: 422 });
        }
        if (!(error instanceof StaleShow)) throw error;
        const theirs = formValues(error.current, timeZone);
        const conflict = differences(theirs, values);
        drawForm(req, res, error.current, show.currency, {
          values,
          conflict,
          version: versionOf(error.current),
          status: 409,
        });
      }
    });
}
