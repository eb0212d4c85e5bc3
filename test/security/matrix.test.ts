import type { Response } from 'supertest';
import type { RouteEntry } from '../../src/web/routes';
import { PASSWORD } from '../support/people';
import type { Visitor } from '../support/test-app';
import { ADMIN_MODELS, acts, type Fields, listUrl, OWN_PAGES, sendAct, UNTOUCHED } from './support/acts';
import { dump, realChanges } from './support/dump';
import { absentUrl, readUrl, SEARCHED } from './support/reads';
import { createWorld, enter, type Persona, type World } from './support/world';

/** What comes of a request: it is let in, sent to sign in, refused with the reason, or told that nothing is there. */
type Outcome = 'in' | 'sign in' | 'refused' | 'absent';

const PERSONAS = ['visitor', 'alice', 'charlie', 'bob', 'vera', 'sam', 'gone'] as const;
type Who = (typeof PERSONAS)[number];

/** The verbs that each person holds on each model; nobody who is not named holds any. Sam, the superuser, holds all. */
const MAY: Partial<Record<Who, Record<string, string>>> = {
  bob: {
    'teams.flag': 'view add change delete',
    'teams.switch': 'view add change delete',
    'teams.sample': 'view add change delete',
    'flags.flag': 'view add change delete',
  },
  vera: {
    'flags.flag': 'view',
    'teams.flag': 'view',
    'teams.switch': 'view',
    'teams.sample': 'view',
    'teams.missing': 'view',
    'auth.user': 'view',
    'auth.group': 'view',
    'integrations.interest': 'view',
    'orgs.organization': 'view',
    'producers.producer': 'view',
    'producers.featureflags': 'view',
    'knowledge.article': 'view',
  },
};

const everyone = (outcome: Outcome): Record<Who, Outcome> =>
  Object.fromEntries(PERSONAS.map((who) => [who, outcome])) as Record<Who, Outcome>;

const SIGNED_OUT = { visitor: 'sign in', gone: 'sign in' } as const;

/** What the admin's routes ask for: to look at the model, or to do something with its objects. */
function forModel(label: string, verb: string): Record<Who, Outcome> {
  const outcome = (who: Who): Outcome => {
    const verbs = who === 'sam' ? 'view add change delete' : (MAY[who]?.[label] ?? '');
    if (verbs.includes(verb)) return 'in';
    return verbs === '' ? 'absent' : 'refused';
  };
  return {
    ...(Object.fromEntries(PERSONAS.map((who) => [who, outcome(who)])) as Record<Who, Outcome>),
    ...SIGNED_OUT,
  };
}

const ANYONE = everyone('in');
const NOBODY = everyone('absent');
const SIGNED_IN = { ...everyone('in'), ...SIGNED_OUT };
const STAFF = { ...everyone('in'), ...SIGNED_OUT, alice: 'absent', charlie: 'absent' } as Record<Who, Outcome>;

/** The portal is there for those who belong to a producer. */
const PRODUCERS = { ...everyone('absent'), ...SIGNED_OUT, alice: 'in', charlie: 'in' } as Record<Who, Outcome>;

/** Parts of the portal that a producer has or has not: Alice's has them all, Charlie's none. */
const WITH_FEATURE = { ...everyone('absent'), ...SIGNED_OUT, alice: 'in' } as Record<Who, Outcome>;

/** Staff who may look at producers; to other staff that is refused, and for everybody else there is nothing. */
const PRODUCER_STAFF = { ...STAFF, bob: 'refused' } as Record<Who, Outcome>;

/** What belongs to Charlie's producer. */
const OF_JAZZ = { ...PRODUCERS, alice: 'absent' } as Record<Who, Outcome>;

/** Routes that are not the admin's, one by one. */
const EXPECTED: Record<string, Record<Who, Outcome>> = {
  'GET /healthz': ANYONE,
  'GET /readyz': ANYONE,
  'GET /metrics': everyone('absent'), // for a token that is not set here; see src/metrics
  'GET /.well-known/security.txt': ANYONE,
  'GET /': ANYONE,
  'GET /login': ANYONE,
  'POST /login': ANYONE,
  'GET /admin/login/': ANYONE,
  'POST /admin/login/': ANYONE,
  'POST /logout': SIGNED_IN,
  'POST /admin/logout/': SIGNED_IN,
  'GET /admin/password_change/': SIGNED_IN,
  'GET /signup': ANYONE,
  'POST /signup': ANYONE,
  'GET /signup/sent': ANYONE,
  'GET /verify/:token': ANYONE,
  'POST /verify/:token': ANYONE,
  'GET /password/reset': ANYONE,
  'POST /password/reset': ANYONE,
  'GET /password/reset/sent': ANYONE,
  'GET /password/reset/:token': ANYONE,
  'POST /password/reset/:token': ANYONE,
  'GET /login/github': ANYONE,
  'GET /login/github/callback': ANYONE,
  'GET /account/github/connect': SIGNED_IN,
  // There is a superuser, so there is nothing to set up, for nobody.
  'GET /setup': NOBODY,
  'POST /setup': NOBODY,
  'POST /setup/superuser': NOBODY,
  'GET /account/': SIGNED_IN,
  'GET /account/profile': SIGNED_IN,
  'POST /account/': SIGNED_IN,
  'GET /account/security/': SIGNED_IN,
  'POST /account/password': SIGNED_IN,
  'POST /account/email': SIGNED_IN,
  'POST /account/github/disconnect': SIGNED_IN,
  'GET /account/sessions/': SIGNED_IN,
  'POST /account/sessions/end': SIGNED_IN,
  'POST /account/sessions/end-others': SIGNED_IN,
  'POST /account/sessions/end-program': SIGNED_IN,
  'GET /account/preferences/': SIGNED_IN,
  'POST /account/theme': SIGNED_IN,
  'GET /account/email/:token': ANYONE,
  'POST /account/email/:token': ANYONE,
  'GET /onboarding/': SIGNED_IN,
  'GET /onboarding/organization/': SIGNED_IN,
  'POST /onboarding/organization/': SIGNED_IN,
  'GET /onboarding/sync/': SIGNED_IN,
  'GET /onboarding/sync_progress/': SIGNED_IN,
  'POST /onboarding/sync_progress/': SIGNED_IN,
  'GET /onboarding/sync_progress/skip/': SIGNED_IN,
  'POST /onboarding/sync_progress/skip/': SIGNED_IN,
  'GET /onboarding/jira/': SIGNED_IN,
  'POST /onboarding/jira/': SIGNED_IN,
  'GET /onboarding/slack/': SIGNED_IN,
  'POST /onboarding/slack/': SIGNED_IN,
  'GET /onboarding/complete/': SIGNED_IN,
  'POST /onboarding/complete/': SIGNED_IN,
  'GET /dev/outbox/': ANYONE, // who asks from this machine; see below
  'GET /dev/outbox/:name': ANYONE,
  'GET /help/': ANYONE,
  'GET /help/:topic/': ANYONE,
  'GET /waffle_status': ANYONE,
  'GET /wafflejs': ANYONE,
  'GET /integrations/': SIGNED_IN,
  'GET /integrations/interest/': SIGNED_IN,
  'POST /integrations/interest/': SIGNED_IN,
  'GET /integrations/:slug/connect/': SIGNED_IN,
  'GET /integrations/:slug/check/': SIGNED_IN,
  'POST /integrations/:slug/check/': SIGNED_IN,
  'GET /integrations/:slug/callback/': ANYONE, // who does not bring what was given out reads that it does not count
  'GET /integrations/:slug/disconnect/': SIGNED_IN,
  'POST /integrations/:slug/disconnect/': SIGNED_IN,
  // Alice and Charlie belong to a producer.
  'GET /dashboard/': SIGNED_IN,
  'GET /dashboard/overview': PRODUCERS,
  'GET /dashboard/stream': PRODUCERS,
  'GET /dashboard/overview/:card': PRODUCERS,
  'GET /dashboard/shows': PRODUCERS,
  'GET /dashboard/shows/new': PRODUCERS,
  'POST /dashboard/shows/new': PRODUCERS,
  'GET /dashboard/shows/:id': OF_JAZZ,
  'GET /dashboard/shows/:id/edit': OF_JAZZ,
  'POST /dashboard/shows/:id/edit': OF_JAZZ,
  'GET /dashboard/orders': PRODUCERS,
  'GET /dashboard/orders/export': PRODUCERS,
  'GET /dashboard/orders/:id': OF_JAZZ,
  'GET /dashboard/finances': PRODUCERS,
  'GET /dashboard/finances/export': PRODUCERS,
  'GET /dashboard/knowledge-base': WITH_FEATURE,
  'GET /dashboard/knowledge-base/:slug': WITH_FEATURE,
  'POST /dashboard/knowledge-base/:slug/helpful': WITH_FEATURE,
  'POST /api/v1/token/': ANYONE,
  'POST /api/v1/token/refresh/': ANYONE,
  'POST /api/v1/token/revoke/': ANYONE,
  'GET /api/v1/producers/me/': PRODUCERS,
  'GET /api/v1/producers/': PRODUCER_STAFF,
  'GET /api/v1/producers/:id/': PRODUCER_STAFF,
  'GET /dashboard/services': WITH_FEATURE,
  'POST /dashboard/services/:slug/request': WITH_FEATURE,
  'GET /dashboard/support': PRODUCERS,
  'GET /dashboard/support/new': PRODUCERS,
  'POST /dashboard/support/new': PRODUCERS,
  // The ticket is Charlie's; Alice learns nothing of it.
  'GET /dashboard/support/:number': { ...PRODUCERS, alice: 'absent' },
  'POST /dashboard/support/:number/replies': { ...PRODUCERS, alice: 'absent' },
  'POST /dashboard/support/:number/closing': { ...PRODUCERS, alice: 'absent' },
  'GET /admin/producers/usage/': forModel('producers.producer', 'view'),
  'GET /admin/producers/usage/export/': forModel('producers.producer', 'view'),
  // What of it a person may change is asked flag by flag.
  'POST /admin/flags/flag/selection/': forModel('flags.flag', 'view'),
  'GET /admin/flags/flag/action/': forModel('flags.flag', 'view'),
  'POST /admin/flags/flag/action/': forModel('flags.flag', 'view'),
  'POST /admin/flags/flag/undo/': forModel('flags.flag', 'view'),
  // The rows say something of people, so who may look at flags alone is refused.
  'GET /admin/flags/flag/:name/given/': { ...forModel('flags.flag', 'view'), bob: 'refused' },
  'GET /admin/flags/flag/:name/given/export/': { ...forModel('flags.flag', 'view'), bob: 'refused' },
  'GET /admin/flags/usage/': forModel('flags.flag', 'view'),
  'GET /admin/flags/usage/export/': forModel('flags.flag', 'view'),
  'GET /dashboard/ai-assistant': WITH_FEATURE,
  'POST /dashboard/ai-assistant': WITH_FEATURE,
  'POST /dashboard/ai-assistant/:id/retry': WITH_FEATURE,
  'GET /admin/': STAFF,
  'GET /admin/search/': STAFF,
};

const VERBS: Record<string, string> = {
  'GET ': 'view',
  'POST ': 'view',
  'GET export/': 'view',
  'GET :id/history/': 'view',
  'GET :id/change/': 'view',
  'GET :id/test/': 'view',
  'POST sentence/': 'view',
  'GET add/': 'add',
  'POST add/': 'add',
  'POST :id/change/': 'change',
  'POST :id/set/': 'change',
  'POST :id/flags/': 'change', // of producers: to see the producer and to change flags
  'POST :id/flags/undo/': 'change',
  'POST :id/reply/': 'change',
  'POST undo/': 'change',
  'GET people/': 'view',
  'GET :name/change/': 'view',
  'GET :name/history/': 'view',
  'GET :name/test/': 'view',
  'GET :name/value/': 'change',
  'POST :name/change/': 'change',
  'POST :name/tracking/': 'change',
  'POST :name/conditions/': 'change',
  'GET :name/conditions/:id/': 'change',
  'POST :name/conditions/:id/': 'change',
  'POST :name/conditions/:id/required/': 'change',
  'POST :name/conditions/:id/delete/': 'change',
  'POST :name/undo/': 'change',
  'GET :name/delete/': 'delete',
  'POST :name/delete/': 'delete',
  'GET :id/delete/': 'delete',
  'POST :id/delete/': 'delete',
};

const MODELS = [...ADMIN_MODELS, ...OWN_PAGES];

/** What is expected of a route; undefined for one that nobody has thought about. */
function expectedOf(route: string): Record<Who, Outcome> | undefined {
  const known = EXPECTED[route];
  if (known !== undefined) return known;
  const [method = '', path = ''] = route.split(' ');
  if (method === 'GET' && /^\/admin\/[a-z]+\/$/.test(path)) return ofSection(path);
  const label = MODELS.find((each) => path.startsWith(listUrl(each)));
  if (label === undefined) return undefined;
  const rest = path.slice(listUrl(label).length);
  if (rest === 'autocomplete/') return label in SEARCHED ? forModel(label, 'view') : nothingThere();
  if (rest === 'action/') return UNTOUCHED.includes(label) ? nothingThere() : withNothing(forModel(label, 'delete'));
  const verb = VERBS[`${method} ${rest}`];
  return verb === undefined ? undefined : forModel(label, verb);
}

const nothingThere = (): Record<Who, Outcome> => ({ ...NOBODY, ...SIGNED_OUT });

/** Who may not do a single action finds none. */
const withNothing = (expected: Record<Who, Outcome>): Record<Who, Outcome> =>
  Object.fromEntries(
    Object.entries(expected).map(([who, outcome]) => [who, outcome === 'refused' ? 'absent' : outcome]),
  ) as Record<Who, Outcome>;

/** The page of a section of the admin is there for whoever may look at one of its models. */
function ofSection(path: string): Record<Who, Outcome> {
  const inside = MODELS.filter((label) => listUrl(label).startsWith(path));
  const sees = (who: Who): Outcome =>
    who === 'sam' || inside.some((label) => MAY[who]?.[label] !== undefined) ? 'in' : 'absent';
  return { ...STAFF, bob: sees('bob'), vera: sees('vera') };
}

/** A refusal leaves nothing behind but word of it. */
const AUDIT = ['audit_entry', 'audit_head'];

/** Routes that end what others need, in the order in which they may come; the rest comes before. */
const LAST = [
  /delete\/|action\//,
  /\/(user|organization|producer|article)\/:id\/delete\//, // what belongs to them goes with them
  /end-others/,
  /logout/,
  /email\/:token/,
];

const weight = (route: string): number => LAST.findLastIndex((pattern) => pattern.test(route));

const routesOf = ({ app }: World): string[] =>
  (app.get('routes') as RouteEntry[])
    .map(({ method, path }) => `${method} ${path}`)
    .sort((a, b) => weight(a) - weight(b) || a.localeCompare(b));

function outcomeOf({ status, headers }: Response): string {
  if (status === 303 && /^\/login\?next=/.test(String(headers.location))) return 'sign in';
  if (status === 401 && /^Bearer /.test(String(headers['www-authenticate']))) return 'sign in';
  if (status === 403) return 'refused';
  if (status === 404) return 'absent';
  return status >= 500 || status === 401 || status === 405 ? `fault ${status}` : 'in';
}

/** The body without what differs from one answer to the next: ids of requests, tokens and the address itself. */
const essence = ({ status, text, headers }: Response, url: string): string =>
  [status, headers.location ?? '', text]
    .join('\n')
    .replaceAll(url, '<url>')
    .replaceAll(encodeURIComponent(url), '<url>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/(name="_csrf" value=|name="csrf-token" content=)"[^"]*"/g, '$1"<token>"');

async function visit(world: World, visitor: Visitor, route: string): Promise<Response> {
  const [method = '', path = ''] = route.split(' ');
  if (method === 'GET') return visitor.get(readUrl(world, path));
  const act = acts.find((each) => each.route === route);
  if (act === undefined) throw new Error(`no act for ${route}`);
  const fields: Fields = path.endsWith('action/') ? { _action: 'delete_selected', _ids: '999999' } : {};
  return sendAct(visitor, act, act.url(world), fields);
}

const visitorFor = (world: World, who: Who): Promise<Visitor> =>
  who === 'visitor' ? Promise.resolve(world.visitor()) : enter(world, who as Persona);

describe('the table of routes', () => {
  it('has an expectation for every route, and no expectation for a route that is gone', async () => {
    const world = await createWorld();
    const routes = routesOf(world);
    await world.close();
    expect(routes.filter((route) => expectedOf(route) === undefined)).toEqual([]);
    expect(Object.keys(EXPECTED).filter((route) => !routes.includes(route))).toEqual([]);
    expect(new Set(routes).size).toBe(routes.length);
  });
});

describe.each(PERSONAS)('%s', (who) => {
  let world: World;
  let visitor: Visitor;
  beforeAll(async () => {
    world = await createWorld();
    visitor = who === 'visitor' ? world.visitor() : await world.as(who);
    await visitor.csrfToken();
  }, 30_000);
  afterAll(() => world?.close());

  it('gets what is expected from every route, and changes nothing where it is not let in', async () => {
    const wrong: string[] = [];
    const tryAll = async (routes: string[]): Promise<void> => {
      for (const route of routes) {
        const expected = expectedOf(route)?.[who];
        // Signing out ends the session, so each way out gets one of its own.
        const eyes = /logout/.test(route) && expected === 'in' ? await visitorFor(world, who) : visitor;
        const outcome = outcomeOf(await visit(world, eyes, route));
        if (outcome !== expected) wrong.push(`${route}: ${outcome} instead of ${expected}`);
      }
    };
    const isOpen = (route: string) => expectedOf(route)?.[who] === 'in';
    const before = await dump(world.db, AUDIT);
    await tryAll(routesOf(world).filter((route) => !isOpen(route)));
    wrong.push(...realChanges(before, await dump(world.db, AUDIT)));
    await tryAll(routesOf(world).filter(isOpen));
    expect(wrong).toEqual([]);
    const refused = world
      .db('audit_entry')
      .where({ action: 'refused', actor_id: who in world.ids ? world.ids[who as Persona] : 0 });
    const count = Number((await refused.count({ n: '*' }).first())?.n);
    if (['visitor', 'gone', 'sam'].includes(who)) expect(count).toBe(0);
    else expect(count).toBeGreaterThan(10);
  }, 120_000);

  it('cannot tell what is out of reach from what does not exist', async () => {
    const told: string[] = [];
    await world.reset(); // the first test did what it may
    const eyes = who === 'visitor' ? visitor : await world.as(who);
    await eyes.get('/help/'); // where messages of earlier requests are shown
    for (const route of routesOf(world)) {
      const [method = '', path = ''] = route.split(' ');
      const absent = absentUrl(path);
      if (absent === undefined || expectedOf(route)?.[who] === 'in') continue;
      const real = acts.find((each) => each.route === route)?.url(world) ?? readUrl(world, path);
      const [a, b] =
        method === 'GET'
          ? [await eyes.get(real), await eyes.get(absent)]
          : [await eyes.post(real), await eyes.post(absent)];
      if (essence(a, real) !== essence(b, absent)) told.push(`${route}: ${real} and ${absent} differ`);
    }
    expect(told).toEqual([]);
  }, 120_000);
});

/** Programs: what they bring with every request, and as whom the API knows them then. */
const PROGRAMS: Record<string, { as: Who; token(world: World): Promise<string> }> = {
  'a program of Alice': { as: 'alice', token: (world) => accessOf(world, 'alice') },
  'a program of Bob': { as: 'bob', token: (world) => accessOf(world, 'bob') },
  'a program of Vera': { as: 'vera', token: (world) => accessOf(world, 'vera') },
  'a program of Sam': { as: 'sam', token: (world) => accessOf(world, 'sam') },
  'a program of somebody switched off': {
    as: 'visitor',
    token: async (world) => {
      const access = await accessOf(world, 'dana');
      await world.db('auth_user').where({ id: world.ids.dana }).update({ is_active: false });
      return access;
    },
  },
  'a program whose time is over': {
    as: 'visitor',
    token: async (world) => {
      const access = await accessOf(world, 'sam');
      world.clock.advance(5 * 60_000 + 1_000);
      return access;
    },
  },
  'a program whose access was ended': {
    as: 'visitor',
    token: async (world) => {
      const access = await accessOf(world, 'sam');
      await world.db('auth_refreshtoken').where({ user_id: world.ids.sam }).delete();
      return access;
    },
  },
  'a program with a refresh token': { as: 'visitor', token: async ({ tokens }) => tokens.refresh },
  'a program with a spent refresh token': {
    as: 'visitor',
    token: async (world) => {
      await world.visitor().postJson('/api/v1/token/refresh/', { refresh: world.tokens.refresh }).expect(200);
      return world.tokens.refresh;
    },
  },
};

async function accessOf(world: World, who: Persona): Promise<string> {
  const { email } = await world.db('auth_user').where({ id: world.ids[who] }).first('email');
  const { body } = await world.visitor().postJson('/api/v1/token/', { email, password: PASSWORD }).expect(200);
  return body.access;
}

describe('of programs', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterEach(() => world.reset());
  afterAll(() => world?.close());

  it.each(Object.entries(PROGRAMS))(
    '%s is its person in the API and nobody elsewhere, and changes nothing',
    async (_name, { as, token }) => {
      const program = world.visitor();
      await program.csrfToken();
      program.bring(await token(world));
      const before = await dump(world.db, AUDIT);
      const wrong: string[] = [];
      for (const route of routesOf(world)) {
        const ofApi = route.includes(' /api/');
        const expected = expectedOf(route)?.[ofApi ? as : 'visitor'];
        if (!ofApi && expected === 'in') continue; // open to everybody, and some of it would change something
        const outcome = outcomeOf(await visit(world, program, route));
        if (outcome !== expected) wrong.push(`${route}: ${outcome} instead of ${expected}`);
      }
      expect(wrong).toEqual([]);
      expect(realChanges(before, await dump(world.db, AUDIT))).toEqual([]);
    },
    60_000,
  );
});
