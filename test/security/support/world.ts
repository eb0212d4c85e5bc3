import { beginGrant } from '../../../src/auth/refresh-tokens';
import { issueToken } from '../../../src/auth/tokens';
import { type Database, inTransaction } from '../../../src/db';
import { addArticles } from '../../support/articles';
import { setFeatures } from '../../support/features';
import { type PersonName, people } from '../../support/people';
import { type TestApp, testApp, type Visitor } from '../../support/test-app';
import { Baseline } from './take-back';

/** People beside those of every test: Dana belongs to no organization, Gone was switched off while signed in. */
const EXTRAS = { dana: 'dana@example.com', gone: 'gone@example.com', target: 'target@example.com' } as const;

export type Persona = PersonName | keyof typeof EXTRAS;

/** Numbers of objects, one of each model of the admin, by the model's label. */
export type Objects = Record<string, number>;

/** The application with something in every table, and background work at rest so that only requests change anything. */
export interface World extends Omit<TestApp, 'as' | 'ids' | 'tokens'> {
  readonly ids: Record<Persona, number>;
  readonly objects: Objects;
  /** One-time links that count, by purpose, and what a program of Alice's gets its next access with. */
  readonly tokens: {
    readonly signUp: string;
    readonly reset: string;
    readonly emailChange: string;
    readonly refresh: string;
  };
  /** A message in the outbox, by its name in the address. */
  readonly letter: string;
  /** Somebody signed in, once per person and session. */
  as(person: Persona, session?: 'another'): Promise<Visitor>;
  /** A session of a person, as the list of sessions names it: the beginning of its hash. */
  sessionOf(person: Persona): Promise<string>;
  /** Calls this when the world is brought back. */
  onReset(undo: () => void): void;
  /** Brings everything back to how it began, the log left out; who is signed in stays so, with the cookies of then. */
  reset(): Promise<void>;
}

/** Where a test's GitHub would be: nothing listens there. */
const GITHUB = {
  GITHUB_CLIENT_ID: 'client',
  GITHUB_CLIENT_SECRET: 'secret',
  GITHUB_BASE_URL: 'http://127.0.0.1:9',
};

export const SETUP_TOKEN = 'set-up-token-of-the-tests';

/** Makes a world. `superuser: false` leaves nobody who may do everything, so that the first set-up is open. */
export async function createWorld(
  options: { environment?: Record<string, string>; superuser?: boolean; log?: World['services']['log'] } = {},
): Promise<World> {
  const environment = { ...GITHUB, SETUP_TOKEN, ...options.environment };
  const app = await testApp({ environment, ...(options.log === undefined ? {} : { log: options.log }) });
  const { jobs, tracker, featureUse, usage } = app.services;
  await Promise.all([jobs.stop(), tracker.stop(), featureUse.stop(), usage.stop()]);
  const ids = { ...app.ids, ...(await addExtras(app)) };
  if (options.superuser === false) await app.db('auth_user').update({ is_superuser: false });
  await setFeatures(app.db, 'arizona-comedy', ['knowledgeBaseEnabled', 'aiAgentsEnabled', 'additionalServicesEnabled']);
  const objects = await addObjects(app, ids);
  await app.services.conditionFlags.load(); // written past the operations, so nobody was told
  const tokens = await addTokens(app, ids);
  const letter = await addLetter(app);
  await app.services.mail.stop();
  const began = app.clock.now();
  const baseline = await Baseline.of(app.db);
  const signedIn = new Map<string, Promise<{ readonly atFirst: Visitor; now: Visitor }>>();
  const signIn = async (person: Persona) => {
    const now = await baseline.include(async () => {
      const visitor = await enter(app, person);
      if (person !== 'gone') await visitor.csrfToken();
      return visitor;
    });
    return { atFirst: now.twin(), now };
  };
  let undoing: (() => void)[] = [];
  const world: World = {
    ...app,
    ids,
    objects,
    tokens,
    letter,
    as: async (person, session) => {
      const key = `${person} ${session}`;
      const known = signedIn.get(key) ?? signIn(person);
      signedIn.set(key, known);
      return (await known).now;
    },
    sessionOf: async (person) => {
      const row = await app.db('auth_session').where({ user_id: ids[person] }).first('sid_hash');
      return String(row?.sid_hash ?? '').slice(0, 16);
    },
    onReset: (undo) => {
      undoing.push(undo);
    },
    reset: async () => {
      for (const undo of undoing) undo();
      undoing = [];
      app.clock.set(began);
      await baseline.takeBack();
      for (const each of await Promise.all(signedIn.values())) each.now = each.atFirst.twin();
    },
  };
  return world;
}

/** Worlds for tests that spoil them one after another: one of each kind, brought back to how it began when asked. */
export class SharedWorld {
  private readonly kept = new Map<boolean, Promise<World>>();

  get({ superuser = true }: { superuser?: boolean } = {}): Promise<World> {
    const known = this.kept.get(superuser) ?? createWorld({ superuser });
    this.kept.set(superuser, known);
    return known;
  }

  /** Ends them, so that the next is a new one. */
  async giveUp(): Promise<void> {
    for (const world of this.kept.values()) await (await world).close();
    this.kept.clear();
  }
}

/** Opens another session of somebody. */
export async function enter(app: Pick<TestApp, 'visitor' | 'db'>, person: Persona): Promise<Visitor> {
  const visitor = app.visitor();
  const email = person in people ? people[person as PersonName].email : EXTRAS[person as keyof typeof EXTRAS];
  const { status } = await visitor.signIn(email);
  if (status !== 303) throw new Error(`${person} could not sign in: ${status}`);
  if (person === 'gone') await app.db('auth_user').where({ email }).update({ is_active: false });
  return visitor;
}

async function addExtras({ db, clock }: TestApp): Promise<Record<keyof typeof EXTRAS, number>> {
  const now = clock.now().toISOString();
  const { password_hash } = await db('auth_user').whereNotNull('password_hash').first('password_hash');
  const ids = {} as Record<keyof typeof EXTRAS, number>;
  for (const [key, email] of Object.entries(EXTRAS) as [keyof typeof EXTRAS, string][]) {
    const values = { email, name: `${key} person`, password_hash, email_verified_at: now };
    ids[key] = await insert(db, 'auth_user', { ...values, created_at: now, modified_at: now });
  }
  return ids;
}

async function insert(db: Database, table: string, values: Record<string, unknown>): Promise<number> {
  const [row] = (await db(table).insert(values).returning('id')) as { id: number }[];
  return row?.id ?? 0;
}

async function addObjects({ db, clock }: TestApp, ids: Record<Persona, number>): Promise<Objects> {
  const created_at = clock.now().toISOString();
  const stamps = { created_at, modified_at: created_at };
  const elsewhere = await db('orgs_organization').where({ slug: 'elsewhere' }).first('id');
  const flag = await insert(db, 'teams_flag', { name: 'probe_flag', note: 'A note', percent: 25, ...stamps });
  await db('teams_flag_users').insert({ flag_id: flag, user_id: ids.alice });
  await db('auth_identity').insert({
    user_id: ids.alice,
    provider: 'github',
    subject: '77',
    label: 'alice',
    created_at,
  });
  const job = await insert(db, 'jobs_job', {
    kind: 'onboarding.sync',
    payload: '{}',
    state: 'done',
    run_at: created_at,
    finished_at: created_at,
    ...stamps,
  });
  return {
    'teams.flag': flag,
    'teams.switch': await insert(db, 'teams_switch', { name: 'probe_switch', note: 'A note', ...stamps }),
    'teams.sample': await insert(db, 'teams_sample', { name: 'probe_sample', percent: 10, note: 'A note', ...stamps }),
    ...(await conditionObjects(db, stamps)),
    'teams.missing': await insert(db, 'teams_missing', { kind: 'flag', name: 'probe_missing', ...stamps }),
    'integrations.interest': await insert(db, 'integrations_interest', {
      user_id: ids.charlie,
      integration: 'slack',
      organization_id: elsewhere.id,
      created_at,
    }),
    'integrations.connection': await insert(db, 'integration_connections', {
      user_id: ids.alice,
      provider: 'github',
      external_id: '77',
      external_name: 'alice at GitHub',
      last_error: 'GitHub refused.',
      ...stamps,
    }),
    'orgs.organization': elsewhere.id,
    'orgs.membership': await insert(db, 'orgs_membership', {
      organization_id: elsewhere.id,
      user_id: ids.target,
      role: 'member',
      created_at,
    }),
    ...(await producerObjects(db, ids.target)),
    ...(await knowledgeObjects(db, ids.charlie)),
    ...(await offerObjects(db, ids.charlie)),
    'assistant.question': await addQuestion(db, ids.alice),
    ...(await supportObjects(db, ids.charlie)),
    'auth.user': ids.target,
    'auth.group': await insert(db, 'auth_group', { name: 'Probe group', ...stamps }),
    'analytics.event': await insert(db, 'analytics_event', {
      uuid: '00000000-0000-4000-8000-000000000001',
      event: 'integration_interest_clicked',
      user_id: ids.charlie,
      distinct_id: String(ids.charlie),
      properties: '{"integration":"slack","team_slug":"elsewhere"}',
      created_at,
      next_attempt_at: created_at,
    }),
    'jobs.job': job,
    'audit.entry': 1, // whatever was written first: signing in writes one
  };
}

/** A flag by conditions, and one of its conditions. */
async function conditionObjects(db: Database, stamps: object): Promise<Objects> {
  const name = 'probe.flag.view';
  return {
    'flags.flag': await insert(db, 'flags_flaginfo', { name, description: 'A note', ...stamps }),
    'flags.flagstate': await insert(db, 'flags_flagstate', { name, condition: 'boolean', value: 'false', ...stamps }),
  };
}

/** Charlie's producer, with its money, its features and somebody else's place in it. */
async function producerObjects(db: Database, userId: number): Promise<Objects> {
  const { id: jazz } = await db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
  const financial = { producer_id: jazz, payout_account: 'Jazz checking', balance_minor: 125_000 };
  const flags = await db('producers_featureflags').where({ producer_id: jazz }).first('id', 'created_at');
  const place = { user_id: userId, producer_id: jazz, role: 'viewer', created_at: flags.created_at };
  const own = { producer_id: jazz, currency: 'USD', created_at: flags.created_at, modified_at: flags.created_at };
  const show = await insert(db, 'producers_show', {
    ...own,
    title: 'Blue Hour',
    venue: 'The Basement',
    starts_at: '2030-01-05T03:00:00.000Z',
    capacity: 60,
    price_minor: 2_000,
    status: 'on_sale',
  });
  const order = { show_id: show, buyer_name: 'Ada Buyer', buyer_email: 'ada@mail.example', tickets: 2 };
  return {
    'producers.producer': jazz,
    'producers.featureflags': flags.id,
    'producers.producerfinancial': await insert(db, 'producers_producerfinancial', financial),
    'producers.userproducer': await insert(db, 'producers_userproducer', place),
    'producers.show': show,
    'producers.order': await insert(db, 'producers_order', {
      ...own,
      ...order,
      number: 'PJ-1',
      total_minor: 4_000,
      fee_minor: 160,
      status: 'paid',
    }),
    'producers.payout': await insert(db, 'producers_payout', {
      ...own,
      reference: 'PO-1',
      amount_minor: 90_000,
      status: 'paid',
      due_at: '2026-01-09T17:00:00.000Z',
    }),
  };
}

/** Something to read, a category without anything in it, and what somebody said of the article. */
async function knowledgeObjects(db: Database, userId: number): Promise<Objects> {
  const { 'probe-article': article } = await addArticles(db, [{ slug: 'probe-article', title: 'Probe article' }]);
  const stamps = { created_at: '2026-01-01T10:00:00.000Z', modified_at: '2026-01-01T10:00:00.000Z' };
  const said = { article_id: article, user_id: userId, is_helpful: true, ...stamps };
  return {
    'knowledge.category': await insert(db, 'knowledge_category', { name: 'Empty', slug: 'empty', ...stamps }),
    'knowledge.article': article ?? 0,
    'knowledge.feedback': await insert(db, 'knowledge_feedback', said),
  };
}

/** Services on offer, and one that Charlie's producer asked for. */
async function offerObjects(db: Database, userId: number): Promise<Objects> {
  const { id: jazz } = await db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
  const stamps = { created_at: '2026-01-01T10:00:00.000Z', modified_at: '2026-01-01T10:00:00.000Z' };
  const offered = { icon: 'fa-camera', price: '$5', benefits: 'One', is_offered: true, ...stamps };
  await insert(db, 'offers_service', { name: 'Probe service', slug: 'probe-service', ...offered });
  const service = await insert(db, 'offers_service', { name: 'Other service', slug: 'other-service', ...offered });
  const asked = { service_id: service, producer_id: jazz, user_id: userId, state: 'requested', note: 'Why', ...stamps };
  return { 'offers.service': service, 'offers.request': await insert(db, 'offers_request', asked) };
}

/** A ticket of Charlie's producer, with what was said in it. */
async function supportObjects(db: Database, userId: number): Promise<Objects> {
  const { id: jazz } = await db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
  const stamps = { created_at: '2026-01-01T10:00:00.000Z', modified_at: '2026-01-01T10:00:00.000Z' };
  const values = { number: 7001, producer_id: jazz, user_id: userId, subject: 'Secret of jazz', state: 'open' };
  const ticket = await insert(db, 'support_ticket', { ...values, ...stamps });
  await insert(db, 'support_ticket', { ...values, number: 7002, ...stamps });
  const said = { ticket_id: ticket, user_id: userId, body: 'Text of jazz', created_at: stamps.created_at };
  return { 'support.ticket': ticket, 'support.message': await insert(db, 'support_message', said) };
}

/** A question of Alice's that was not answered. */
async function addQuestion(db: Database, userId: number): Promise<number> {
  const { id: comedy } = await db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
  const stamps = { created_at: '2026-01-01T10:00:00.000Z', modified_at: '2026-01-01T10:00:00.000Z' };
  const values = { producer_id: comedy, user_id: userId, question: 'What is a probe article?', state: 'open' };
  return insert(db, 'assistant_question', { ...values, ...stamps });
}

async function addTokens({ db, clock }: TestApp, ids: Record<Persona, number>): Promise<World['tokens']> {
  return inTransaction(db, async (trx) => ({
    signUp: await issueToken(trx, clock, { purpose: 'sign-up', email: 'new.person@example.com', userId: null }),
    reset: await issueToken(trx, clock, {
      purpose: 'password-reset',
      email: people.charlie.email,
      userId: ids.charlie,
    }),
    emailChange: await issueToken(trx, clock, {
      purpose: 'email-change',
      email: people.charlie.email,
      userId: ids.charlie,
      detail: 'charlie.new@example.com',
    }),
    refresh: (await beginGrant(trx, clock, { id: ids.alice, sessionEpoch: 0 }, { address: '', userAgent: '' })).refresh,
  }));
}

async function addLetter({ db, services, visitor }: TestApp): Promise<string> {
  const mail = { to: 'reader@example.com', subject: 'A letter', text: 'Read me.' };
  await inTransaction(db, (trx) => services.mail.queue(trx, mail));
  await services.mail.deliverDue();
  const { text } = await visitor().get('/dev/outbox/').expect(200);
  return /\/dev\/outbox\/([\w-]+)/.exec(text)?.[1] ?? '';
}
