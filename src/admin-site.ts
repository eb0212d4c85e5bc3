import { AdminSite } from './admin';
import { groupAdmin, userAdmin } from './auth/admin';
import { flagAdmin, missingAdmin, sampleAdmin, switchAdmin } from './teams/admin';

/** The admin of the product: every declared model, in the order of its front page. */
export const adminSite = new AdminSite([flagAdmin, switchAdmin, sampleAdmin, missingAdmin, userAdmin, groupAdmin], {
  teams: 'Feature flags',
  auth: 'People',
  integrations: 'Integrations',
  orgs: 'Organizations',
  jobs: 'Background work',
  audit: 'Audit',
  analytics: 'Events',
});
