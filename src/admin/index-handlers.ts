import type { RequestHandler } from 'express';
import { listEntries } from '../audit';
import { notFound } from '../lib/http-error';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { type AdminParts, frame, noStore } from './frame';
import { parseListState } from './list-state';
import { readListPage } from './queries-list';
import { labelsOf } from './queries-names';
import { changeUrl, modelUrl } from './site';

/** The front page of the admin: apps and models, and what was done last, by this person or by everyone. */
export const showIndex =
  (parts: AdminParts): RequestHandler =>
  async (req, res) => {
    const viewer = viewerOf(req);
    const everyone = queryText(req, 'actions') === 'everyone';
    const words = queryText(req, 'filter').slice(0, 100);
    const visible = new Set(
      parts.site
        .all()
        .filter((admin) => parts.site.abilities(admin, viewer).view)
        .map(({ model }) => model.label),
    );
    const entries = await listEntries(parts.db, { limit: 60, ...(everyone ? {} : { actorId: viewer.id }) });
    const recent = entries
      .filter((entry) => visible.has(entry.objectType))
      .slice(0, 10)
      .map((entry) => {
        const [app = '', name = ''] = entry.objectType.split('.');
        const href = entry.action === 'delete' ? null : changeUrl({ app, name }, entry.objectId);
        return { ...entry, href };
      });
    noStore(res);
    respond(req, res, {
      page: 'views/admin/index.njk',
      partial: 'partials/admin/app-list.njk',
      data: { ...frame(parts, req, []), apps: parts.site.appList(viewer, words), words, recent, everyone },
    });
  };

/** The models of one app. */
export const showApp =
  (parts: AdminParts, app: string): RequestHandler =>
  (req, res) => {
    const entry = parts.site.appList(viewerOf(req)).find((each) => each.app === app);
    if (entry === undefined) throw notFound();
    noStore(res);
    respond(req, res, {
      page: 'views/admin/app-index.njk',
      data: { ...frame(parts, req, [{ text: entry.label }]), app: entry },
    });
  };

/** The first matches in every model that the person may look at. */
export const search =
  (parts: AdminParts): RequestHandler =>
  async (req, res) => {
    const q = queryText(req, 'q').slice(0, 200).trim();
    const results = [];
    for (const admin of q === '' ? [] : parts.site.all()) {
      if (admin.searchFields.length === 0 || !parts.site.abilities(admin, viewerOf(req)).view) continue;
      const state = parseListState(admin, [], new Map([['q', q]]), parts.clock.now());
      const page = await readListPage({
        db: parts.db,
        site: parts.site,
        admin: { ...admin, listPerPage: 5 },
        filters: [],
        state,
        now: parts.clock.now(),
      });
      if (page.total === 0) continue;
      const labels = await labelsOf(parts.db, parts.site, admin.model, page.rows);
      results.push({
        label: admin.model.nounPlural,
        section: parts.site.sectionLabel(admin.model.app),
        total: page.total,
        href: `${modelUrl(admin.model)}?q=${encodeURIComponent(q)}`,
        objects: page.rows.map((row) => ({
          title: labels.get(row.id) ?? '',
          href: changeUrl(admin.model, admin.ownPages === undefined ? row.id : String(row[admin.ownPages])),
        })),
      });
    }
    noStore(res);
    respond(req, res, {
      page: 'views/admin/search.njk',
      data: { ...frame(parts, req, [{ text: 'Search' }]), q, results },
    });
  };
