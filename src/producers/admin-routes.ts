import { type AdminParts, type ModelAdmin, modelPolicy, modelUrl } from '../admin';
import { policy, Routes } from '../web/routes';
import { setFlag, undoFlag } from './admin-flags';
import { FeatureFlagsRow, Producer } from './models';

/** What the producer's page asks for besides its form: a switch that saves by itself, and its Undo. */
export function producerAdminRoutes(parts: AdminParts): Routes {
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
    .post(`${url}:id/flags/`, maySwitchHere, setFlag(parts, producers, flags))
    .post(`${url}:id/flags/undo/`, maySwitchHere, undoFlag(parts, flags));
}
