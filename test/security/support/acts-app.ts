import { type Act, at, objectOf } from './act';
import { formFields } from './html';
import type { World } from './world';

const withFlags = ({ services, onReset }: World) => {
  for (const slug of ['jira', 'slack']) onReset(services.flags.override('flag', `integration_${slug}_enabled`, true));
  return Promise.resolve();
};

export const ofOnboarding: readonly Act[] = [
  {
    route: 'POST /onboarding/organization/',
    by: 'dana',
    audit: ['add orgs.organization'],
    url: at('/onboarding/organization/'),
    fields: () => ({ name: 'Danas' }),
  },
  {
    route: 'POST /onboarding/sync_progress/',
    by: 'alice',
    audit: ['change onboarding.progress'],
    url: at('/onboarding/sync_progress/'),
  },
  {
    route: 'POST /onboarding/sync_progress/skip/',
    by: 'alice',
    audit: ['change onboarding.progress', 'change onboarding.progress'], // with both integrations off it is the last step
    url: at('/onboarding/sync_progress/skip/'),
  },
  ...['jira', 'slack'].map(
    (slug): Act => ({
      route: `POST /onboarding/${slug}/`,
      by: 'alice',
      audit:
        slug === 'jira' ? ['change onboarding.progress'] : ['change onboarding.progress', 'change onboarding.progress'],
      prepare: withFlags,
      url: at(`/onboarding/${slug}/`),
    }),
  ),
  {
    route: 'POST /onboarding/complete/',
    by: 'alice',
    audit: ['change onboarding.progress'],
    url: at('/onboarding/complete/'),
  },
  {
    route: 'POST /integrations/:slug/disconnect/',
    by: 'alice',
    audit: ['disconnect integrations.connection'],
    url: at('/integrations/github/disconnect/'),
  },
  {
    route: 'POST /integrations/:slug/check/',
    by: 'alice',
    audit: { none: 'it only looks at what is there' },
    url: at('/integrations/github/check/'),
  },
  {
    route: 'POST /integrations/interest/',
    by: 'alice',
    audit: ['add integrations.interest'],
    url: at('/integrations/interest/?integration=copilot'),
  },
];

/** A show as somebody fills it in. */
const SHOW = {
  title: 'Probe Night',
  venue: 'A stage',
  city: '',
  starts_at: '2031-05-05T20:00',
  capacity: '80',
  price: '10',
  status: 'draft',
  description: '',
};

export const ofPortal: readonly Act[] = [
  {
    route: 'POST /dashboard/ai-assistant',
    by: 'alice',
    audit: ['add assistant.question'],
    url: at('/dashboard/ai-assistant'),
    fields: () => ({ question: 'What is a probe?' }),
  },
  {
    route: 'POST /dashboard/ai-assistant/:id/retry',
    by: 'alice',
    audit: ['change assistant.question'],
    url: ({ objects }) => `/dashboard/ai-assistant/${objects['assistant.question']}/retry`,
  },
  {
    route: 'POST /dashboard/services/:slug/request',
    by: 'alice',
    audit: ['add offers.request'],
    url: at('/dashboard/services/probe-service/request'),
    fields: () => ({ note: 'Before May' }),
  },
  {
    route: 'POST /dashboard/support/new',
    by: 'alice',
    audit: ['add support.ticket'],
    url: at('/dashboard/support/new'),
    fields: () => ({ subject: 'A question', body: 'How?' }),
  },
  {
    route: 'POST /dashboard/support/:number/replies',
    by: 'charlie',
    audit: ['add support.message'],
    url: at('/dashboard/support/7001/replies'),
    fields: () => ({ body: 'Any news?' }),
  },
  {
    route: 'POST /dashboard/support/:number/closing',
    by: 'charlie',
    audit: ['change support.ticket'],
    prepare: ({ db }) => db('support_ticket').where({ number: 7002 }).update({ state: 'open' }),
    url: at('/dashboard/support/7002/closing'), // the other one is changed by staff
    fields: () => ({ to: 'closed' }),
  },
  {
    route: 'POST /admin/support/ticket/:id/reply/',
    by: 'sam',
    audit: ['add support.message'],
    url: (world) => `/admin/support/ticket/${objectOf(world, 'support.ticket')}/reply/`,
    fields: () => ({ body: 'Our answer' }),
  },
  {
    route: 'POST /dashboard/shows/new',
    by: 'charlie',
    audit: ['add producers.show'],
    url: at('/dashboard/shows/new'),
    fields: () => SHOW,
  },
  {
    route: 'POST /dashboard/shows/:id/edit',
    by: 'charlie',
    audit: ['change producers.show'],
    url: (world) => `/dashboard/shows/${objectOf(world, 'producers.show')}/edit`,
    fields: async (world, visitor) => {
      const url = `/dashboard/shows/${objectOf(world, 'producers.show')}/edit`;
      const form = formFields((await visitor.get(url).expect(200)).text, url);
      return { ...form, venue: form.venue === 'Another stage' ? 'A third stage' : 'Another stage' };
    },
  },
  {
    route: 'POST /dashboard/knowledge-base/:slug/helpful',
    by: 'alice',
    audit: ['add knowledge.feedback'],
    url: at('/dashboard/knowledge-base/probe-article/helpful'),
    fields: () => ({ helpful: 'yes' }),
  },
];
