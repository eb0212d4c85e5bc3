import type { RequestHandler } from 'express';
import { Routes, staffOnly } from '../web/routes';
import { confirmAction, runAction, undo } from './action-handlers';
import { autocomplete } from './autocomplete';
import { exportList } from './export-handlers';
import { postAdd, postChange, showAdd, showChange } from './form-handlers';
import { type AdminParts, modelPolicy } from './frame';
import { search, showApp, showIndex } from './index-handlers';
import { setField } from './list-edits';
import { postChangeList, showChangeList } from './list-handlers';
import { postDelete, showDelete, showHistory } from './object-handlers';
import { type AdminSite, modelUrl } from './site';

/** Shows staff whatever goes wrong below /admin/ in the admin's own frame; for everybody else there is no such frame. */
export const adminErrors =
  (site: AdminSite): RequestHandler =>
  (req, res, next) => {
    const { user } = req;
    if (user?.isStaff && req.path.startsWith('/admin/')) {
      Object.assign(res.locals, {
        errorPage: 'views/admin/error.njk',
        errorFrame: () => ({ appList: site.appList(user) }),
      });
    }
    next();
  };

/** The admin's pages: one set of addresses for each declared model, every one with its own permission. */
export function adminRoutes(parts: AdminParts): Routes {
  const { site } = parts;
  const routes = new Routes();
  routes.get('/admin/', staffOnly, showIndex(parts));
  routes.get('/admin/search/', staffOnly, search(parts));
  for (const app of new Set(site.all().map(({ model }) => model.app)))
    routes.get(`/admin/${app}/`, staffOnly, showApp(parts, app));
  for (const admin of site.all()) {
    if (admin.ownPages !== undefined) continue;
    const url = modelUrl(admin.model);
    const may = (verb: 'view' | 'add' | 'change' | 'delete') => modelPolicy(site, admin, verb);
    routes.get(url, may('view'), showChangeList(parts, admin));
    routes.get(`${url}export/`, may('view'), exportList(parts, admin));
    routes.get(`${url}autocomplete/`, may('view'), autocomplete(parts, admin));
    routes.get(`${url}:id/history/`, may('view'), showHistory(parts, admin));
    routes.get(`${url}:id/change/`, may('view'), showChange(parts, admin));
    // What a POST may do is decided by what it asks for; looking is what all of them need.
    routes.post(url, may('view'), postChangeList(parts, admin));
    routes.get(`${url}action/`, may('view'), confirmAction(parts, admin));
    routes.post(`${url}action/`, may('view'), runAction(parts, admin));
    if (admin.canAdd) {
      routes.get(`${url}add/`, may('add'), showAdd(parts, admin));
      routes.post(`${url}add/`, may('add'), postAdd(parts, admin));
    }
    if (admin.canChange) {
      routes.post(`${url}:id/change/`, may('change'), postChange(parts, admin));
      routes.post(`${url}:id/set/`, may('change'), setField(parts, admin));
      routes.post(`${url}undo/`, may('change'), undo(parts, admin));
    }
    if (admin.canDelete) {
      routes.get(`${url}:id/delete/`, may('delete'), showDelete(parts, admin));
      routes.post(`${url}:id/delete/`, may('delete'), postDelete(parts, admin));
    }
  }
  return routes;
}
