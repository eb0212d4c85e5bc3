import { PASSWORD } from '../../support/people';
import type { Visitor } from '../../support/test-app';
import { ofConditions } from './acts-conditions';
import { formFields } from './html';
import { enter, type Persona, SETUP_TOKEN, type World } from './world';

export type Fields = Record<string, string | string[]>;

/**
 * A form as somebody who may would really send it: what every route that changes something is tried with. `audit` is what
 * the log must say of it, as `action objectType`; `none` says why nothing is to be said.
 */
export interface Act {
  /** `POST` and the path as the table of routes has it. */
  readonly route: string;
  readonly by: Persona | 'visitor';
  readonly audit: readonly string[] | { readonly none: string };
  /** Sent as JSON, to the API. */
  readonly json?: true;
  /** Status of the answer; 303 when left out. */
  readonly status?: number;
  readonly world?: { superuser: boolean };
  /** Puts what the act needs in place. */
  prepare?(world: World): Promise<unknown>;
  url(world: World): string;
  fields?(world: World, visitor: Visitor): Fields | Promise<Fields>;
}

export const NEW_PASSWORD = 'verdigris kayak tulip 7';

const at = (path: string) => () => path;
const withFlags = ({ services, onReset }: World) => {
  for (const slug of ['jira', 'slack']) onReset(services.flags.override('flag', `integration_${slug}_enabled`, true));
  return Promise.resolve();
};

const ofAccounts: Act[] = [
  {
    route: 'POST /login',
    by: 'visitor',
    audit: ['login auth.user'],
    url: at('/login'),
    fields: () => ({ email: 'alice@example.com', password: PASSWORD, next: '/account/' }),
  },
  {
    route: 'POST /admin/login/',
    by: 'visitor',
    audit: ['login auth.user'],
    url: at('/admin/login/'),
    fields: () => ({ email: 'bob@example.com', password: PASSWORD }),
  },
  { route: 'POST /logout', by: 'alice', audit: ['logout auth.user'], url: at('/logout') },
  { route: 'POST /admin/logout/', by: 'bob', audit: ['logout auth.user'], url: at('/admin/logout/') },
  {
    route: 'POST /signup',
    by: 'visitor',
    audit: { none: 'only a message leaves; what its link begins is recorded' },
    url: at('/signup'),
    fields: () => ({ email: 'somebody.new@example.com' }),
  },
  {
    route: 'POST /verify/:token',
    by: 'visitor',
    audit: ['add auth.user', 'login auth.user'],
    url: ({ tokens }) => `/verify/${tokens.signUp}`,
    fields: () => ({ name: 'New Person', password: NEW_PASSWORD }),
  },
  {
    route: 'POST /password/reset',
    by: 'visitor',
    audit: { none: 'only a message leaves; what its link does is recorded' },
    url: at('/password/reset'),
    fields: () => ({ email: 'alice@example.com' }),
  },
  {
    route: 'POST /password/reset/:token',
    by: 'visitor',
    audit: ['password_change auth.user'],
    url: ({ tokens }) => `/password/reset/${tokens.reset}`,
    fields: () => ({ password: NEW_PASSWORD }),
  },
  {
    route: 'POST /setup',
    by: 'visitor',
    status: 200,
    world: { superuser: false },
    audit: { none: 'a right token only opens the next form, which is recorded' },
    url: at('/setup'),
    fields: () => ({ token: SETUP_TOKEN }),
  },
  {
    route: 'POST /setup/superuser',
    by: 'visitor',
    world: { superuser: false },
    audit: ['add auth.user', 'login auth.user'],
    url: at('/setup/superuser'),
    fields: () => ({ token: SETUP_TOKEN, name: 'First', email: 'first@example.com', password: NEW_PASSWORD }),
  },
  {
    route: 'POST /account/',
    by: 'alice',
    audit: ['change auth.user'],
    url: at('/account/'),
    fields: () => ({ name: 'Alice Renamed', language: 'en', timeZone: 'Europe/Berlin' }),
  },
  {
    route: 'POST /account/theme',
    by: 'alice',
    audit: ['change auth.user'],
    url: at('/account/theme'),
    fields: () => ({ theme: 'dark' }),
  },
  {
    route: 'POST /account/password',
    by: 'alice',
    audit: ['password_change auth.user'],
    url: at('/account/password'),
    fields: () => ({ current_password: PASSWORD, new_password: NEW_PASSWORD }),
  },
  {
    route: 'POST /account/email',
    by: 'alice',
    audit: ['email_change_asked auth.user'],
    url: at('/account/email'),
    fields: () => ({ email: 'alice.new@example.com', current_password: PASSWORD }),
  },
  {
    route: 'POST /account/email/:token',
    by: 'charlie',
    audit: ['change auth.user'],
    url: ({ tokens }) => `/account/email/${tokens.emailChange}`,
  },
  {
    route: 'POST /account/sessions/end',
    by: 'alice',
    audit: ['session_end auth.user'],
    prepare: (world) => enter(world, 'alice'),
    url: at('/account/sessions/end'),
    fields: async (world) => ({ session: await world.sessionOf('alice') }),
  },
  {
    route: 'POST /account/sessions/end-others',
    by: 'alice',
    audit: ['session_end auth.user'],
    prepare: (world) => enter(world, 'alice'),
    url: at('/account/sessions/end-others'),
  },
  {
    route: 'POST /account/github/disconnect',
    by: 'alice',
    audit: ['disconnect auth.user'],
    url: at('/account/github/disconnect'),
    fields: () => ({ current_password: PASSWORD }),
  },
];

const ofPrograms: Act[] = [
  {
    route: 'POST /api/v1/token/',
    by: 'visitor',
    json: true,
    status: 200,
    audit: ['login auth.user'],
    url: at('/api/v1/token/'),
    fields: () => ({ email: 'alice@example.com', password: PASSWORD }),
  },
  {
    route: 'POST /api/v1/token/refresh/',
    by: 'visitor',
    json: true,
    status: 200,
    audit: { none: 'goes on with what a recorded sign-in began; a token that comes twice is recorded' },
    url: at('/api/v1/token/refresh/'),
    fields: ({ tokens }) => ({ refresh: tokens.refresh }),
  },
  {
    route: 'POST /api/v1/token/revoke/',
    by: 'visitor',
    json: true,
    status: 204,
    audit: ['logout auth.user'],
    url: at('/api/v1/token/revoke/'),
    fields: ({ tokens }) => ({ refresh: tokens.refresh }),
  },
  {
    route: 'POST /account/sessions/end-program',
    by: 'alice',
    audit: ['session_end auth.user'],
    url: at('/account/sessions/end-program'),
    fields: async ({ db, ids }) => {
      const { id } = await db('auth_refreshtoken').where({ user_id: ids.alice }).first('id');
      return { program: String(id) };
    },
  },
];

const ofOnboarding: Act[] = [
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

const ofPortal: Act[] = [
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

export const listUrl = (label: string): string => `/admin/${label.replace('.', '/')}/`;

const objectOf = ({ objects }: World, label: string): number => objects[label] ?? 0;

function ofModel(label: string): Act[] {
  const { add, change, set } = FORMS[label] ?? {};
  const list = listUrl(label);
  const changeUrl = (world: World) => `${list}${objectOf(world, label)}/change/`;
  const changeFields = async (world: World, visitor: Visitor, changed: Fields): Promise<Fields> => {
    const url = changeUrl(world);
    return { ...formFields((await visitor.get(url).expect(200)).text, url), ...changed, _save: '1' };
  };
  const by = 'sam';
  const deletable = ![
    'integrations.connection',
    'support.message',
    'analytics.event',
    'jobs.job',
    'audit.entry',
    'producers.featureflags',
    'producers.show',
    'producers.order',
    'producers.payout',
  ].includes(label);
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
const ofSwitches: Act[] = [
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

const listEdit = (label: string, field: string, to: string): Act => ({
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
