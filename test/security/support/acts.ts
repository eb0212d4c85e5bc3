import type { Visitor } from '../../support/test-app';
import { type Act, at, type Fields, objectOf } from './act';
import { ofAccounts, ofPrograms } from './acts-accounts';
import { ADMIN_MODELS, listEdit, ofModel, ofSwitches } from './acts-admin';
import { ofOnboarding, ofPortal } from './acts-app';
import { ofConditions } from './acts-conditions';
import type { World } from './world';

export type { Act, Fields } from './act';
export { NEW_PASSWORD } from './acts-accounts';
export { ADMIN_MODELS, listUrl, OWN_PAGES, UNTOUCHED } from './acts-admin';

/** Every act; each route that changes something has at least one. */
export const acts: readonly Act[] = [
  ...ofSwitches,
  ...ofAccounts,
  ...ofPrograms,
  ...ofOnboarding,
  ...ofPortal,
  ...ADMIN_MODELS.flatMap(ofModel),
  ...ofConditions,
  listEdit('teams.switch', 'active', 'on'),
  listEdit('teams.sample', 'percent', '42'),
  {
    route: 'POST /admin/jobs/job/action/',
    by: 'sam',
    audit: ['change jobs.job'],
    prepare: (world) =>
      world
        .db('jobs_job')
        .where({ id: objectOf(world, 'jobs.job') })
        .update({ state: 'failed' }),
    url: at('/admin/jobs/job/action/'),
    fields: (world) => ({ _action: 'retry_selected', _ids: String(objectOf(world, 'jobs.job')) }),
  },
  {
    route: 'POST /admin/teams/flag/sentence/',
    by: 'sam',
    status: 200,
    audit: { none: 'only says in words what the form would mean' },
    url: at('/admin/teams/flag/sentence/'),
    fields: () => ({ everyone: 'yes' }),
  },
];

/** Whether an act takes away what others need: objects, sessions, passwords, links. */
export const spoils = ({ route, audit }: Act): boolean =>
  !('none' in audit) &&
  !/add\/$|change\/$|set\/$|undo\/$|switch\/$|sample\/$|theme$|interest\/$|conditions\/$/.test(route);

/** Sends what an act sends, in its form, with the token of the visitor's session. */
export const sendAct = async (visitor: Visitor, { json }: Act, url: string, fields: Fields) =>
  json === true
    ? visitor.postJson(url, fields).set('X-CSRF-Token', await visitor.csrfToken())
    : visitor.post(url, fields);

/** Who sends an act's form. */
export const actorOf = (world: World, { by }: Act): Promise<Visitor> =>
  by === 'visitor' ? Promise.resolve(world.visitor()) : world.as(by);
