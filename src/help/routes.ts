import type { Request } from 'express';
import { notFound } from '../lib/http-error';
import { respond } from '../web/respond';
import { anyone, Routes } from '../web/routes';
import { type Topic, topics } from './topics';

const visible = (req: Request): Topic[] => topics.filter((topic) => !topic.staff || req.user?.isStaff === true);

/** Help pages; the “?” of each screen leads to its own. */
export function helpRoutes(): Routes {
  return new Routes('/help')
    .get('/', anyone, (req, res) => {
      respond(req, res, { page: 'views/help/index.njk', data: { topics: visible(req) } });
    })
    .get('/:topic/', anyone, (req, res) => {
      const topic = visible(req).find(({ slug }) => slug === req.params.topic);
      if (topic === undefined) throw notFound('There is no help on this. The list of topics has all there is.');
      respond(req, res, { page: 'views/help/topic.njk', data: { topic } });
    });
}
