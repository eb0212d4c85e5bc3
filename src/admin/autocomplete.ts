import type { RequestHandler } from 'express';
import { notFound } from '../lib/http-error';
import { queryText } from '../web/request';
import { respond } from '../web/respond';
import type { ModelAdmin } from './declare';
import { type AdminParts, abilitiesOf, noStore } from './frame';
import { findByTitle } from './queries-names';

/** Choices for a field that is searched by typing. */
export const autocomplete =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const asked = queryText(req, 'field');
    const name = asked.replace(/__add$/, '').replace(/^.*-/, '');
    const searched = new Map<string, string | undefined>();
    for (const each of admin.autocomplete) searched.set(each, admin.model.fields[each]?.to);
    for (const inline of admin.inlines)
      for (const each of inline.autocomplete) searched.set(each, inline.model.fields[each]?.to);
    const to = searched.get(name);
    const target = to === undefined ? undefined : parts.site.find(to);
    const can = abilitiesOf(parts, admin, req);
    // Whoever fills the field in has to find what to put there; everybody else what they may look at anyway.
    const mayLook = can.add || can.change || (target !== undefined && abilitiesOf(parts, target, req).view);
    if (to === undefined || !mayLook) throw notFound('This field is not searched.');
    // The box may carry another name than the field that it searches.
    const typed = Object.keys(req.query).find((each) => each.endsWith('__text')) ?? 'q';
    const text = queryText(req, typed).slice(0, 100);
    const found = await findByTitle(parts.db, parts.site.model(to), text, 20);
    noStore(res);
    respond(req, res, {
      page: 'partials/admin/options.njk',
      partial: 'partials/admin/options.njk',
      data: { id: `id_${asked}`, options: found.map(({ id, title }) => ({ value: String(id), text: title })) },
    });
  };
