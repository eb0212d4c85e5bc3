import express from 'express';
import { type TestApp, testApp } from '../../test/support/test-app';
import type { Viewer } from '../lib/viewer';
import { boolean, model, text } from '../model';
import { errorHandler } from '../web/errors';
import { type Action, modelAdmin } from './declare';
import { adminRoutes } from './routes';
import { AdminSite } from './site';

const Switch = model('teams.switch', {
  table: 'teams_switch',
  noun: 'switch',
  nounPlural: 'switches',
  titleColumns: ['name'],
  fields: { name: text({ required: true }), active: boolean() },
});

const publish: Action = {
  name: 'publish',
  label: 'Publish',
  question: (count) => `Publish ${count}?`,
  confirm: 'Publish',
  permission: 'teams.publish_switch',
  run: async (_context, ids) => ({ changed: ids.length, message: `Published ${ids.length}.` }),
};

/** The admin of one model with one action, for a person with these permissions. */
function appFor(t: TestApp, permissions: string[]) {
  const viewer: Viewer = {
    id: t.ids.bob,
    email: 'bob@example.com',
    name: 'Bob',
    isActive: true,
    isStaff: true,
    isSuperuser: false,
    isProducer: false,
    language: 'en',
    timeZone: 'UTC',
    theme: 'system',
    groups: [],
    permissions: new Set(permissions),
  };
  const app = express();
  app.set('templates', t.services.templates);
  app.use((req, res, next) => {
    Object.assign(req, { user: viewer, log: t.services.log });
    Object.assign(res.locals, { viewer, asset: String, csrfToken: () => '', faces: [] });
    next();
  });
  const site = new AdminSite([modelAdmin(Switch, { listDisplay: ['name'], actions: [publish] })], {});
  app.use(adminRoutes({ site, db: t.db, clock: t.clock }).router, errorHandler(t.services.log));
  return t.visitorOf(app);
}

describe('an action with a permission of its own', () => {
  let t: TestApp;
  let id: number;
  beforeAll(async () => {
    t = await testApp();
    const now = t.clock.now().toISOString();
    const [row] = (await t
      .db('teams_switch')
      .insert({ name: 'one', created_at: now, modified_at: now })
      .returning('id')) as { id: number }[];
    id = row?.id ?? 0;
  });
  afterAll(() => t?.close());

  it('is offered to whoever holds the permission, and to nobody else', async () => {
    const page = `/admin/teams/switch/action/?_action=publish&_ids=${id}`;
    await appFor(t, ['teams.view_switch', 'teams.publish_switch']).get(page).expect(200);
    await appFor(t, ['teams.view_switch', 'teams.change_switch']).get(page).expect(404);
    const list = await appFor(t, ['teams.view_switch', 'teams.change_switch']).get('/admin/teams/switch/');
    expect(list.text).not.toContain('Publish');
  });
});
