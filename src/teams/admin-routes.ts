import { type AdminParts, modelPolicy, modelUrl } from '../admin';
import { Routes } from '../web/routes';
import { flagAdmin } from './admin';
import { sentence, test } from './admin-panels';

/** What the flag's form asks for while it is open: the sentence as it would be, and the tester's answer. */
export function flagAdminRoutes(parts: AdminParts): Routes {
  const url = modelUrl(flagAdmin.model);
  return new Routes()
    .post(`${url}sentence/`, modelPolicy(parts.site, flagAdmin, 'view'), sentence(parts))
    .get(`${url}:id/test/`, modelPolicy(parts.site, flagAdmin, 'view'), test(parts));
}
