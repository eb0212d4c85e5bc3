import { modelPolicy } from '../admin';
import { Routes } from '../web/routes';
import { confirmAction, postAction, postSelection, postUndo } from './actions';
import { type DashboardParts, showDashboard } from './dashboard';
import { LIST_URL } from './list-state';
import { USAGE_URL } from './usage-asked';
import { exportUsage, showUsage } from './usage-page';

/** The dashboard of all flags, what can be done with many at once, and their use. */
export function usageAdminRoutes(parts: DashboardParts): Routes {
  const flags = parts.site.find('flags.flag');
  if (flags === undefined) throw new Error('the admin does not know flags by conditions');
  const view = modelPolicy(parts.site, flags, 'view');
  // Of what is to be changed, each flag asks for its own permission.
  return new Routes()
    .get(LIST_URL, view, showDashboard(parts))
    .post(`${LIST_URL}selection/`, view, postSelection)
    .get(`${LIST_URL}action/`, view, confirmAction(parts))
    .post(`${LIST_URL}action/`, view, postAction(parts))
    .post(`${LIST_URL}undo/`, view, postUndo(parts))
    .get(USAGE_URL, view, showUsage(parts))
    .get(`${USAGE_URL}export/`, view, exportUsage(parts));
}
