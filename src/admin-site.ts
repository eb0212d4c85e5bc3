import { AdminSite, auditAdmin } from './admin';
import { eventAdmin } from './analytics/admin';
import { questionAdmin } from './assistant/admin';
import { createUserAdmin, groupAdmin } from './auth/admin';
import { orderAdmin, payoutAdmin, showAdmin } from './boxoffice/admin';
import { conditionFlagAdmin } from './conditions/admin';
import { interestAdmin } from './integrations/admin';
import { createConnectionAdmin } from './integrations/admin-connections';
import { createJobAdmin } from './jobs/admin';
import { articleAdmin, categoryAdmin, feedbackAdmin } from './knowledge/admin';
import { createRequestAdmin, serviceAdmin } from './offers/admin';
import { membershipAdmin, organizationAdmin } from './orgs/admin';
import { createProducerAdmins } from './producers/admin';
import { usePage } from './producers/admin-use';
import type { Services } from './services';
import { messageAdmin, ticketAdmin } from './support/admin';
import { flagAdmin, missingAdmin, sampleAdmin, switchAdmin } from './teams/admin';
import { usagePage } from './usage/usage-page';

/** The admin of the product: every declared model, in the order of its front page. */
export const createAdminSite = (services: Services): AdminSite =>
  new AdminSite(
    [
      flagAdmin,
      switchAdmin,
      sampleAdmin,
      missingAdmin,
      conditionFlagAdmin,
      ...createProducerAdmins(services),
      showAdmin,
      orderAdmin,
      payoutAdmin,
      ticketAdmin,
      messageAdmin,
      serviceAdmin,
      createRequestAdmin(services),
      articleAdmin,
      categoryAdmin,
      feedbackAdmin,
      questionAdmin,
      interestAdmin,
      createConnectionAdmin(services),
      organizationAdmin,
      membershipAdmin,
      createUserAdmin(services),
      groupAdmin,
      eventAdmin,
      createJobAdmin(services),
      auditAdmin,
    ],
    {
      teams: 'Global flags',
      flags: 'Feature flags',
      producers: 'Producers',
      support: 'Support',
      offers: 'Additional services',
      knowledge: 'Knowledge base',
      assistant: 'Assistant',
      integrations: 'Integrations',
      orgs: 'Organizations',
      auth: 'People',
      analytics: 'Events',
      jobs: 'Background work',
      audit: 'Audit',
    },
    [usagePage, usePage],
  );
