import type { Visitor } from '../../support/test-app';
import { type Act, at, type Fields, objectOf } from './act';
import { formFields } from './html';
import type { World } from './world';

/** What a model of the admin takes: a new object, and a change to the one that is there. */
interface Forms {
  add?: Fields | ((world: World) => Fields);
  /** A field, what it is changed to, and what else it, or another field, may be changed to. */
  change?: readonly [string, string, string | readonly [field: string, to: string]];
  set?: Fields;
}

const FORMS: Record<string, Forms> = {
  'teams.flag': {
    add: { name: 'new_flag', note: 'New', everyone: 'unknown', languages: '', percent: '5' },
    change: ['note', 'Another note', 'A third note'],
    set: { field: 'everyone', to: 'yes' },
  },
  'teams.switch': {
    add: { name: 'new_switch', note: 'New' },
    change: ['note', 'Another note', 'A third note'],
    set: { field: 'active', to: 'on' },
  },
  'teams.sample': {
    add: { name: 'new_sample', percent: '5', note: 'New' },
    change: ['note', 'Another note', 'A third note'],
    set: { field: 'percent', to: '7' },
  },
  'teams.missing': {},
  'integrations.interest': {},
  'integrations.connection': {},
  'orgs.organization': {
    add: { name: 'New', slug: 'new', time_zone: 'UTC' },
    change: ['name', 'Elsewhere renamed', 'Elsewhere again'],
    set: { field: 'name', to: 'Set' },
  },
  'orgs.membership': {
    add: ({ ids, objects }) => ({
      organization_id: String(objects['orgs.organization']),
      user_id: String(ids.dana),
      role: 'member',
    }),
    change: ['role', 'owner', 'admin'],
    set: { field: 'role', to: 'member' },
  },
  'producers.producer': {
    add: { name: 'New Stage', slug: 'new-stage', contact_email: '', is_active: 'on' },
    change: ['name', 'Jazz renamed', 'Jazz again'],
    set: { field: 'name', to: 'Set' },
  },
  'producers.featureflags': {
    change: ['ai_agents_enabled', 'on', ['additional_services_enabled', 'on']],
    set: { field: 'knowledge_base_enabled', to: 'on' },
  },
  'producers.producerfinancial': {
    change: ['payout_account', 'Another account', 'A third account'],
    set: { field: 'payout_account', to: 'Set' },
  },
  'producers.userproducer': {
    add: ({ ids, objects }) => ({
      user_id: String(ids.dana),
      producer_id: String(objects['producers.producer']),
      role: 'viewer',
    }),
    change: ['role', 'owner', 'manager'],
    set: { field: 'role', to: 'viewer' },
  },
  'knowledge.category': {
    add: { name: 'New category', slug: 'new-category', description: '', position: '3' },
    change: ['name', 'Renamed category', 'Renamed again'],
    set: { field: 'position', to: '9' },
  },
  'knowledge.article': {
    add: ({ objects }) => ({
      title: 'New article',
      slug: 'new-article',
      category_id: String(objects['knowledge.category']),
      summary: '',
      body: 'Text.',
    }),
    change: ['title', 'Renamed article', 'Renamed again'],
    set: { field: 'is_published', to: 'off' },
  },
  'knowledge.feedback': {},
  'producers.show': {},
  'producers.order': {},
  'producers.payout': {},
  'assistant.question': {},
  'offers.service': {
    add: {
      name: 'New service',
      slug: 'new-service',
      icon: 'fa-camera',
      summary: '',
      price: '',
      benefits: '',
      position: '3',
    },
    change: ['name', 'Renamed service', 'Renamed again'],
    set: { field: 'position', to: '9' },
  },
  'offers.request': {
    change: ['answer', 'We call you.', 'We wrote to you.'],
    set: { field: 'state', to: 'contacted' },
  },
  'support.ticket': {
    change: ['state', 'answered', 'closed'],
    set: { field: 'state', to: 'open' },
  },
  'support.message': {},
  'auth.user': {
    add: {
      email: 'added@example.com',
      name: 'Added',
      is_active: 'on',
      theme: 'system',
      time_zone: 'UTC',
      language: 'en',
    },
    change: ['name', 'Renamed', 'Renamed again'],
    set: { field: 'name', to: 'Set' },
  },
  'auth.group': {
    add: { name: 'New group' },
    change: ['name', 'Renamed group', 'Renamed again'],
    set: { field: 'name', to: 'Set' },
  },
  'analytics.event': {},
  'jobs.job': {},
  'audit.entry': {},
};

/** Models whose pages are those of their feature. */
export const OWN_PAGES: readonly string[] = ['flags.flag'];

/** The models of the admin that these acts know, by label. */
export const ADMIN_MODELS: readonly string[] = Object.keys(FORMS);

/** Models whose objects nobody deletes through the admin, so their lists have no action for it. */
export const UNTOUCHED: readonly string[] = [
  'integrations.connection',
  'support.message',
  'analytics.event',
  'jobs.job',
  'audit.entry',
  'producers.featureflags',
  'producers.show',
  'producers.order',
  'producers.payout',
];

export const listUrl = (label: string): string => `/admin/${label.replace('.', '/')}/`;

export function ofModel(label: string): Act[] {
  const { add, change, set } = FORMS[label] ?? {};
  const list = listUrl(label);
  const changeUrl = (world: World) => `${list}${objectOf(world, label)}/change/`;
  const changeFields = async (world: World, visitor: Visitor, changed: Fields): Promise<Fields> => {
    const url = changeUrl(world);
    return { ...formFields((await visitor.get(url).expect(200)).text, url), ...changed, _save: '1' };
  };
  const by = 'sam';
  const deletable = !UNTOUCHED.includes(label);
  const acts: Act[] = [
    {
      route: `POST ${list}`,
      by,
      audit: { none: 'leads to the page that asks first; list edits are saved below' },
      url: at(list),
      fields: (world) => ({ action: 'delete_selected', _selected_action: String(objectOf(world, label)) }),
    },
  ];
  if (deletable) {
    acts.push(
      {
        route: `POST ${list}action/`,
        by,
        audit: [`delete ${label}`],
        url: at(`${list}action/`),
        fields: (world) => ({ _action: 'delete_selected', _ids: String(objectOf(world, label)) }),
      },
      {
        route: `POST ${list}:id/delete/`,
        by,
        audit: [`delete ${label}`],
        url: (world) => `${list}${objectOf(world, label)}/delete/`,
      },
    );
  } else {
    acts.push({
      route: `POST ${list}action/`,
      by,
      status: 404,
      audit: { none: 'the model has no action' },
      url: at(`${list}action/`),
      fields: (world) => ({ _action: 'delete_selected', _ids: String(objectOf(world, label)) }),
    });
  }
  if (add !== undefined) {
    acts.push({
      route: `POST ${list}add/`,
      by,
      audit: [`add ${label}`],
      url: at(`${list}add/`),
      fields: (world) => ({ ...(typeof add === 'function' ? add(world) : add), _save: '1' }),
    });
  }
  if (change !== undefined && set !== undefined) {
    let request = '';
    acts.push(
      {
        route: `POST ${list}:id/change/`,
        by,
        audit: [`change ${label}`],
        url: changeUrl,
        fields: (world, visitor) => changeFields(world, visitor, { [change[0]]: change[1] }),
      },
      {
        route: `POST ${list}:id/set/`,
        by,
        audit: [`change ${label}`],
        url: (world) => `${list}${objectOf(world, label)}/set/`,
        fields: () => set,
      },
      {
        route: `POST ${list}undo/`,
        by,
        audit: [`change ${label}`],
        prepare: async (world) => {
          const visitor = await world.as(by);
          const [field, to] = typeof change[2] === 'string' ? [change[0], change[2]] : change[2];
          const made = await visitor.post(changeUrl(world), await changeFields(world, visitor, { [field]: to }));
          request = String(made.headers['x-request-id']);
        },
        url: at(`${list}undo/`),
        fields: () => ({ request }),
      },
    );
  }
  return acts;
}

const switchUrl = (producerId: number): string => `${listUrl('producers.producer')}${producerId}/flags/`;
const switched = { url: '', request: '' };

/** A producer that no other act is about. */
async function producerOfItsOwn({ db, clock }: World): Promise<number> {
  const known = await db('producers_producer').where({ slug: 'probe-stage' }).first('id');
  if (known !== undefined) return known.id;
  const stamps = { created_at: clock.now().toISOString(), modified_at: clock.now().toISOString() };
  const [made] = (await db('producers_producer')
    .insert({ name: 'Probe Stage', slug: 'probe-stage', ...stamps })
    .returning('id')) as { id: number }[];
  const id = made?.id ?? 0;
  await db('producers_featureflags').insert({ producer_id: id, ...stamps });
  return id;
}

/** A feature of a producer, switched on its page, and one of another producer's taken back. */
export const ofSwitches: readonly Act[] = [
  {
    route: 'POST /admin/producers/producer/:id/flags/',
    by: 'sam',
    audit: ['change producers.featureflags'],
    url: (world) => switchUrl(objectOf(world, 'producers.producer')),
    fields: () => ({ field: 'knowledge_base_enabled', knowledge_base_enabled: 'on' }),
  },
  {
    route: 'POST /admin/producers/producer/:id/flags/undo/',
    by: 'sam',
    audit: ['change producers.featureflags'],
    prepare: async (world) => {
      const visitor = await world.as('sam');
      const id = await producerOfItsOwn(world);
      const flags = await world.db('producers_featureflags').where({ producer_id: id }).first();
      switched.url = switchUrl(id);
      const to = flags.ai_agents_enabled ? 'off' : 'on';
      const made = await visitor.post(switched.url, { field: 'ai_agents_enabled', ai_agents_enabled: to });
      switched.request = String(made.headers['x-request-id']);
    },
    url: (world) => `${switched.url || switchUrl(objectOf(world, 'producers.producer'))}undo/`,
    fields: () => ({ request: switched.request, field: 'ai_agents_enabled' }),
  },
];

export const listEdit = (label: string, field: string, to: string): Act => ({
  route: `POST ${listUrl(label)}`,
  by: 'sam',
  audit: [`change ${label}`],
  url: at(listUrl(label)),
  fields: async (world, visitor) => {
    const { text } = await visitor.get(listUrl(label)).expect(200);
    const id = objectOf(world, label);
    const version = new RegExp(`name="edit-${id}-version" value="([^"]+)"`).exec(text)?.[1] ?? '';
    return { [`edit-${id}-version`]: version, [`edit-${id}-${field}`]: to, _save_list: '1' };
  },
});
