import type { Page } from 'playwright-core';
import { flagId } from './admin-pages';
import type { BrowserApp } from './browser-app';
import { submitForm } from './in-browser';
import { CONDITION_FLAG, LONG_NAME } from './screen-data';

/** A screen by its name, and how somebody gets there. */
export type Screen = readonly [name: string, visit: string | ((page: Page, app: BrowserApp) => Promise<unknown>)];

const firstId = async ({ db }: BrowserApp, table: string): Promise<number> =>
  (await db(table).orderBy('id').first('id')).id;
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();

async function tick(page: Page, action: string): Promise<void> {
  await page.getByRole('checkbox', { name: 'Select all rows on this page' }).check();
  await page.getByLabel('Action').selectOption({ label: action });
}

/** Two people open the same flag, and the other one saves first. */
async function saveTooLate(page: Page, app: BrowserApp): Promise<void> {
  const id = await flagId(app, 'search_feature_106');
  await page.goto(`/admin/teams/flag/${id}/change/`);
  await app.db('teams_flag').where({ id }).update({ note: 'Written by somebody else.', percent: '12.5' });
  await page.getByLabel('Note').fill('Written by me, in the meantime, with some more words than usual.');
  await page.getByLabel('Percent').fill('30');
  await save(page);
  await page.getByRole('heading', { name: 'was changed while you edited it' }).waitFor();
}

/** Before anything is in the tables that this needs empty. */
export const emptyScreens: readonly Screen[] = [
  ['admin switches none', '/admin/teams/switch/'],
  ['admin missing names none', '/admin/teams/missing/'],
  ['admin interest none', '/admin/integrations/interest/'],
  ['admin jobs none', '/admin/jobs/job/'],
];

export const listScreens: readonly Screen[] = [
  ['admin index', '/admin/'],
  ['admin index everyone', '/admin/?actions=everyone'],
  ['admin index filtered', '/admin/?filter=flag'],
  ['admin index nothing found', '/admin/?filter=zzz'],
  ['admin app', '/admin/teams/'],
  ['admin search', '/admin/search/?q=a'],
  ['admin search nothing found', '/admin/search/?q=zzzz'],
  ['admin flags', '/admin/teams/flag/?p=2&o=-4.1'],
  ['admin flags searched', '/admin/teams/flag/?q=very_long'],
  ['admin flags filtered', '/admin/teams/flag/?everyone__exact=1&q=billing'],
  ['admin flags nothing found', '/admin/teams/flag/?q=zzzz'],
  [
    'admin flags with open filters',
    async (page) => {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto('/admin/teams/flag/?q=very_long');
      await page.locator('#filters > summary').click();
    },
  ],
  [
    'admin flags selected',
    async (page) => {
      await page.goto('/admin/teams/flag/?p=2');
      await tick(page, 'Disable for everyone');
    },
  ],
  [
    'admin flag switched with undo',
    async (page) => {
      await page.goto('/admin/teams/flag/?q=search_feature_101');
      await page.getByRole('group', { name: 'Everyone: search_feature_101' }).getByText('No').click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
  ],
  ['admin switches', '/admin/teams/switch/'],
  ['admin samples', '/admin/teams/sample/'],
  [
    'admin samples with an error',
    async (page) => {
      await page.goto('/admin/teams/sample/');
      await page.getByLabel('Percent of new_ranking').fill('a lot');
      await page.getByRole('button', { name: 'Save changes' }).click();
      await page.locator('[aria-invalid="true"]').waitFor();
    },
  ],
  ['admin missing names', '/admin/teams/missing/'],
  ['admin users', '/admin/auth/user/'],
  ['admin groups', '/admin/auth/group/'],
  ['admin organizations', '/admin/orgs/organization/'],
  ['admin memberships', '/admin/orgs/membership/'],
  ['admin interest', '/admin/integrations/interest/?integration__exact=jira'],
  ['admin events', '/admin/analytics/event/'],
  ['admin jobs', '/admin/jobs/job/'],
  ['admin audit', '/admin/audit/entry/'],
];

export const formScreens: readonly Screen[] = [
  ['admin flag add', '/admin/teams/flag/add/'],
  [
    'admin flag add with errors',
    async (page) => {
      await page.goto('/admin/teams/flag/add/');
      await page.getByLabel('Percent').fill('150');
      await save(page);
      await page.locator('.ff-error-summary:focus').waitFor();
    },
  ],
  [
    'admin flag',
    async (page, app) => page.goto(`/admin/teams/flag/${await flagId(app, LONG_NAME)}/change/?person=visitor`),
  ],
  [
    'admin flag with suggestions',
    async (page, app) => {
      await page.goto(`/admin/teams/flag/${await flagId(app, 'integration_jira_enabled')}/change/`);
      await page.getByRole('combobox', { name: 'Person' }).pressSequentially('person');
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('ArrowDown');
    },
  ],
  ['admin sample', async (page, app) => page.goto(`/admin/teams/sample/${await firstId(app, 'teams_sample')}/change/`)],
  ['admin user', async (page, { ids }) => page.goto(`/admin/auth/user/${ids.bob}/change/`)],
  [
    'admin user with errors',
    async (page, { ids }) => {
      await page.goto(`/admin/auth/user/${ids.bob}/change/`);
      await page.getByLabel('E-mail address').fill('alice@example.com');
      await save(page);
      await page.locator('.ff-error-summary:focus').waitFor();
    },
  ],
  ['admin group', async (page, app) => page.goto(`/admin/auth/group/${await firstId(app, 'auth_group')}/change/`)],
  [
    'admin organization',
    async (page, app) => {
      await page.goto(`/admin/orgs/organization/${await firstId(app, 'orgs_organization')}/change/`);
      await page.getByRole('button', { name: 'Add another membership' }).click();
    },
  ],
  [
    'admin organization with errors',
    async (page, app) => {
      await page.goto(`/admin/orgs/organization/${await firstId(app, 'orgs_organization')}/change/`);
      await page.getByRole('button', { name: 'Add another membership' }).click();
      await page.getByLabel('Slug').fill('elsewhere');
      await page.getByRole('combobox', { name: 'Person' }).last().fill('nobody by that name');
      await save(page);
      await page.locator('.ff-error-summary:focus').waitFor();
    },
  ],
  ['admin membership add', '/admin/orgs/membership/add/'],
  ['admin job', async (page, app) => page.goto(`/admin/jobs/job/${await firstId(app, 'jobs_job')}/change/`)],
  [
    'admin event',
    async (page, app) => page.goto(`/admin/analytics/event/${await firstId(app, 'analytics_event')}/change/`),
  ],
  [
    'admin audit entry',
    async (page, app) => page.goto(`/admin/audit/entry/${await firstId(app, 'audit_entry')}/change/`),
  ],
  [
    'admin action',
    async (page) => {
      await page.goto('/admin/teams/flag/?p=2');
      await tick(page, 'Enable for everyone');
      await page.getByRole('button', { name: 'Go', exact: true }).click();
      await page.getByRole('button', { name: 'Enable for everyone' }).waitFor();
    },
  ],
  [
    'admin action that deletes',
    async (page) => {
      await page.goto('/admin/teams/switch/');
      await tick(page, 'Delete selected switches');
      await page.getByRole('button', { name: 'Go', exact: true }).click();
      await page.getByRole('button', { name: 'Delete', exact: true }).waitFor();
    },
  ],
  [
    'admin delete',
    async (page, app) => page.goto(`/admin/orgs/organization/${await firstId(app, 'orgs_organization')}/delete/`),
  ],
  [
    'admin delete refused',
    async (page, app) => page.goto(`/admin/teams/flag/${await flagId(app, 'integration_jira_enabled')}/delete/`),
  ],
  [
    'admin history',
    async (page, app) => page.goto(`/admin/teams/flag/${await flagId(app, 'search_feature_101')}/history/`),
  ],
  [
    'admin history none',
    async (page, app) => page.goto(`/admin/teams/flag/${await flagId(app, 'search_feature_096')}/history/`),
  ],
  ['admin conflict', saveTooLate],
];

const producerForm = async (page: Page, { db }: BrowserApp): Promise<unknown> => {
  const { id } = await db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
  return page.goto(`/admin/producers/producer/${id}/change/`);
};

const CONDITION_PAGE = `/admin/flags/flag/${CONDITION_FLAG}/`;

/** A flag by conditions with what its forms refuse, who was given it, all flags, and their use. */
export const conditionScreens: readonly Screen[] = [
  [
    'admin flag by conditions with errors',
    async (page) => {
      await page.goto(`${CONDITION_PAGE}change/?try=1&path=/checkout/`);
      await page.getByRole('link', { name: 'Edit percent: 25' }).click();
      await page.locator('.ff-condition-form').waitFor();
      await page.getByLabel('For how many percent of the evaluations').fill('a lot');
      await page.getByRole('button', { name: 'Save what is kept' }).click();
      await page.locator('#flag-given [aria-invalid="true"]:focus').waitFor();
    },
  ],
  ['admin flag given', `${CONDITION_PAGE}given/?p=2`],
  ['admin flag given to nobody found', `${CONDITION_PAGE}given/?q=zzz`],
  ['admin flags of all forms', '/admin/flags/flag/?q=feature_1'],
  ['admin flags clean-up', '/admin/flags/flag/?health=clean-up&q=checkout'],
  ['admin flags usage', '/admin/flags/usage/'],
];

/** Producers: their list, their form with its switches, an action on several, and how features are used. */
export const producerScreens: readonly Screen[] = [
  ['admin producers', '/admin/producers/producer/'],
  ['admin producers filtered', '/admin/producers/producer/?q=a&ai_agents_enabled__exact=0'],
  ['admin producer', producerForm],
  [
    'admin producer switched with undo',
    async (page, app) => {
      await producerForm(page, app);
      await page.getByRole('switch', { name: 'AI Agents' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
  ],
  ['admin producer add', '/admin/producers/producer/add/'],
  [
    'admin producers action',
    async (page) => {
      await page.goto('/admin/producers/producer/');
      await tick(page, 'Disable all features for selected producers');
      await page.getByRole('button', { name: 'Go', exact: true }).click();
      await page.getByRole('button', { name: 'Disable all features' }).waitFor();
    },
  ],
  ['admin producer flags', '/admin/producers/featureflags/'],
  ['admin feature use none', '/admin/producers/usage/?days=7'],
  [
    'admin feature use',
    async (page, { db, services }) => {
      const { id } = await db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
      for (let index = 0; index < 9; index++) services.featureUse.count(id, 'knowledgeBaseEnabled');
      services.featureUse.count(id, 'aiAgentsEnabled');
      await page.goto('/admin/producers/usage/');
    },
  ],
  [
    'admin producers with all open',
    async (page, { services }) => {
      services.flags.override('switch', 'producer_flags_enabled', false);
      await page.goto('/admin/producers/producer/');
      services.flags.override('switch', 'producer_flags_enabled', true);
    },
  ],
];

/** For somebody who may look, but not change. */
export const viewerScreens: readonly Screen[] = [
  ['admin viewer index', '/admin/'],
  ['admin viewer flags', '/admin/teams/flag/?q=search'],
  ['admin viewer producer', producerForm],
  ['admin viewer flag by conditions', `${CONDITION_PAGE}change/`],
  ['admin viewer flag', async (page, app) => page.goto(`/admin/teams/flag/${await flagId(app, LONG_NAME)}/change/`)],
  ['error 403 for staff', '/admin/teams/flag/add/'],
  ['error 404 for staff', '/admin/jobs/job/'],
  [
    'error 403 without token',
    async (page) => {
      await page.goto('/account/preferences/');
      await page.evaluate(() => {
        for (const field of document.querySelectorAll<HTMLInputElement>('main [name="_csrf"]')) field.value = 'stale';
      });
      await page.getByRole('button', { name: 'Save the theme' }).click();
      await page.getByText('Error 403').waitFor();
    },
  ],
];

/** An answer that somebody else was faster, where there is nothing to choose from. */
export const tooLateToUndo: Screen = [
  'error 409',
  async (page) => {
    await page.goto('/admin/');
    await submitForm(page, '/admin/teams/flag/undo/', { request: '00000000-0000-4000-8000-000000000000' });
  },
];
