import { type AdminParts, type ModelAdmin, modelPolicy, modelUrl } from '../admin';
import { policy, Routes } from '../web/routes';
import { setFlag, undoFlag } from './admin-flags';
import { exportUse, showUse, USE_URL } from './admin-use';
import type { FeatureUse } from './feature-use';
import { FeatureFlagsRow, Producer } from './models';

/** What producers have in the admin besides their models: switches that save by themselves, and how features are used. */
export function producerAdminRoutes(parts: AdminParts, use: FeatureUse): Routes {
  const find = (label: string): ModelAdmin => {
    const admin = parts.site.find(label);
    if (admin === undefined) throw new Error(`the admin does not know ${label}`);
    return admin;
  };
  const [producers, flags] = [find(Producer.label), find(FeatureFlagsRow.label)];
  const url = modelUrl(Producer);
  const mayLook = modelPolicy(parts.site, producers, 'view');
  const maySwitch = modelPolicy(parts.site, flags, 'change');
  const maySwitchHere = policy('admin:producers.view_producer and producers.change_featureflags', (req) => {
    mayLook.check(req);
    maySwitch.check(req);
  });
  return new Routes()
    .get(USE_URL, mayLook, showUse(parts, use))
    .get(`${USE_URL}export/`, mayLook, exportUse(parts, use))
    .post(`${url}:id/flags/`, maySwitchHere, setFlag(parts, producers, flags))
    .post(`${url}:id/flags/undo/`, maySwitchHere, undoFlag(parts, flags));
}
