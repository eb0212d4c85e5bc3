import { createHash } from 'node:crypto';
import type { Visitor } from '../../support/test-app';
import { type Act, at } from './act';
import type { World } from './world';

const PROBE_FLAG = '/admin/flags/flag/probe.flag.view/';
const probeCondition =
  (rest = '') =>
  ({ objects }: World) =>
    `${PROBE_FLAG}conditions/${objects['flags.flagstate']}/${rest}`;

/** What a form on the flag's page was drawn from: the first one from `after` on. */
const versionOf = async (visitor: Visitor, after = '<main'): Promise<string> => {
  const { text } = await visitor.get(`${PROBE_FLAG}change/`).expect(200);
  return /name="version" value="([0-9a-f]+)"/.exec(text.slice(text.indexOf(after)))?.[1] ?? '';
};

const audit = ['change flags.flag'];

/** What stands for the flag in the list of all flags. */
const idOf = (name: string) => createHash('sha256').update(`condition ${name}`).digest('hex').slice(0, 12);
const PROBE_ID = idOf('probe.flag.view');
const LIST = '/admin/flags/flag/';
const enabling = (name: string) => ({ action: 'enable', ids: idOf(name), across: '', back: '' });
export const PROBE_ACTION = `${LIST}action/?action=enable&ids=${PROBE_ID}`;

/** Flags by conditions, whose pages are their feature's own. */
export const ofConditions: Act[] = [
  {
    route: 'POST /admin/flags/flag/add/',
    by: 'bob',
    audit: ['add flags.flag'],
    url: at('/admin/flags/flag/add/'),
    fields: () => ({ name: 'added.flag.view', description: '' }),
  },
  {
    route: 'POST /admin/flags/flag/:name/change/',
    by: 'bob',
    audit,
    url: at(`${PROBE_FLAG}change/`),
    fields: async (_world, visitor) => ({
      description: 'Another',
      version: await versionOf(visitor, 'id="flag-about-form"'),
    }),
  },
  {
    route: 'POST /admin/flags/flag/:name/tracking/',
    by: 'bob',
    audit,
    url: at(`${PROBE_FLAG}tracking/`),
    fields: async (_world, visitor) => ({
      track_usage: 'on',
      sample_rate: '50',
      version: await versionOf(visitor, 'id="flag-given-form"'),
    }),
  },
  {
    route: 'POST /admin/flags/flag/:name/conditions/',
    by: 'bob',
    audit,
    url: at(`${PROBE_FLAG}conditions/`),
    fields: () => ({ condition: 'percent', value: '25' }),
  },
  {
    route: 'POST /admin/flags/flag/:name/conditions/:id/',
    by: 'bob',
    audit,
    url: probeCondition(),
    fields: async (_world, visitor) => ({ value: 'true', version: await versionOf(visitor) }),
  },
  {
    route: 'POST /admin/flags/flag/:name/conditions/:id/required/',
    by: 'bob',
    audit,
    url: probeCondition('required/'),
    fields: async (_world, visitor) => ({ to: 'yes', version: await versionOf(visitor) }),
  },
  {
    route: 'POST /admin/flags/flag/:name/conditions/:id/delete/',
    by: 'bob',
    audit,
    url: probeCondition('delete/'),
    fields: async (_world, visitor) => ({ version: await versionOf(visitor) }),
  },
  {
    route: 'POST /admin/flags/flag/:name/undo/',
    by: 'bob',
    audit,
    prepare: async (world) => {
      const visitor = await world.as('bob');
      await visitor.post(`${PROBE_FLAG}conditions/`, { condition: 'percent', value: '5' });
    },
    url: at(`${PROBE_FLAG}undo/`),
    fields: async ({ db }) => {
      const of = { object_type: 'flags.flag', object_id: 'probe.flag.view' };
      const entry = await db('audit_entry').where(of).orderBy('seq', 'desc').first();
      return { request: String(entry?.request_id ?? '') };
    },
  },
  {
    route: `POST ${LIST}selection/`,
    by: 'bob',
    audit: { none: 'it leads to the page that asks' },
    url: at(`${LIST}selection/`),
    fields: () => ({ action: 'enable', _selected_action: PROBE_ID, query: '' }),
  },
  {
    route: `POST ${LIST}action/`,
    by: 'bob',
    audit,
    url: at(`${LIST}action/`),
    fields: () => enabling('probe.flag.view'),
  },
  {
    route: `POST ${LIST}undo/`,
    by: 'bob',
    audit,
    prepare: async (world) => {
      const name = 'undone.flag.view';
      await world.services.conditionFlags.createFlag({ name }).catch(() => undefined); // there already
      await (await world.as('bob')).post(`${LIST}action/`, enabling(name));
    },
    url: at(`${LIST}undo/`),
    fields: async ({ db }) => {
      const of = { object_type: 'flags.flag', object_id: 'undone.flag.view', action: 'change' };
      const entry = await db('audit_entry').where(of).orderBy('seq', 'desc').first();
      return { request: String(entry?.request_id ?? ''), back: '' };
    },
  },
  {
    route: 'POST /admin/flags/flag/:name/delete/',
    by: 'bob',
    audit: ['delete flags.flag'],
    url: at(`${PROBE_FLAG}delete/`),
  },
];
