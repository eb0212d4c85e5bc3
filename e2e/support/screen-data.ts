import type { BrowserApp } from './browser-app';
import { addAccount } from './in-browser';

const DAY = 24 * 60 * 60 * 1000;
const AREAS = ['billing', 'search', 'mobile', 'checkout', 'reports'];
const PLACES = ['Shown beside the total', 'Under the results', 'In the side bar of the editor'];

/** The longest name that a flag may have: without a space or a hyphen it cannot break where it likes. */
export const LONG_NAME = `feature_with_a_very_long_name_${'that_goes_on_and_on_'.repeat(4)}`.slice(0, 100);

/** A person who may sign in, enters the admin and may do nothing there. */
export const POWERLESS = 'nora@example.com';

/** Fills the tables that screens show, with short and long, many and few: 114 flags make two pages. */
export async function fillTables(app: BrowserApp): Promise<void> {
  await addAccount(app, { email: POWERLESS, name: 'Nora New', isStaff: true });
  await fillFlags(app);
  await fillConditions(app);
  await fillOrganizations(app);
  await fillWork(app);
}

async function fillFlags({ db, clock, ids }: BrowserApp): Promise<void> {
  const now = clock.now();
  const stamps = (age = 0) => {
    const time = new Date(now.getTime() - age * DAY).toISOString();
    return { created_at: time, modified_at: time };
  };
  const flags = Array.from({ length: 108 }, (_, index) => ({
    name: index === 0 ? LONG_NAME : `${AREAS[index % 5]}_feature_${String(index).padStart(3, '0')}`,
    note: index === 0 ? `${PLACES[0]}. `.repeat(12) : index % 2 === 0 ? PLACES[index % 3] : '',
    everyone: [null, true, false, null][index % 4],
    percent: index % 7 === 0 ? (index * 3.1) % 99 : null,
    staff: index % 3 === 0,
    authenticated: index % 11 === 0,
    languages: index === 0 ? 'de, fr' : '',
    testing: index === 9,
    ...stamps(index / 3),
  }));
  await db('teams_flag').insert(flags.map((flag) => ({ ...flag, percent: flag.percent?.toFixed(1) ?? null })));
  const rich = await db('teams_flag').where({ name: LONG_NAME }).first();
  const group = await db('auth_group').where({ name: 'Viewers' }).first();
  await db('teams_flag_users').insert([ids.alice, ids.charlie].map((user) => ({ flag_id: rich.id, user_id: user })));
  await db('teams_flag_groups').insert({ flag_id: rich.id, group_id: group.id });
  await db('teams_switch').insert([
    { name: 'maintenance_banner', active: true, note: 'Tells everybody that we are at it.', ...stamps(3) },
    { name: 'sign_up_open', active: false, note: '', ...stamps(40) },
  ]);
  await db('teams_sample').insert([
    { name: 'slow_query_log', percent: '2.5', note: 'One in forty.', ...stamps(1) },
    { name: 'new_ranking', percent: '50.0', note: '', ...stamps(9) },
  ]);
  await db('teams_missing').insert([
    { kind: 'flag', name: 'checkout_v3', asked: 1204, ...stamps(1) },
    { kind: 'switch', name: 'beta_footer', asked: 1, ...stamps(0) },
  ]);
}

/** A flag by conditions that keeps rows of who was given it: more than a page has. */
export const CONDITION_FLAG = 'checkout.summary.view';

async function fillConditions({ db, clock, ids, services }: BrowserApp): Promise<void> {
  const { conditionFlags } = services;
  await conditionFlags.createFlag({ name: CONDITION_FLAG, description: 'One page with everything before paying.' });
  await conditionFlags.addCondition(CONDITION_FLAG, { condition: 'percent', value: '25' });
  await conditionFlags.addCondition(CONDITION_FLAG, {
    condition: 'path matches',
    value: `^/checkout/${'(summary|overview)/'.repeat(6)}`,
    required: true,
  });
  await db('flags_flaginfo').where({ name: CONDITION_FLAG }).update({ track_usage: true, sample_rate: '12.50' });
  const people = [ids.alice, ids.charlie, ids.vera];
  await db('flags_featureflagusage').insert(
    Array.from({ length: 60 }, (_, index) => ({
      flag: CONDITION_FLAG,
      user_id: people[index % 3],
      enabled: index % 4 === 0,
      at: new Date(clock.now().getTime() - index * 7_000_000).toISOString(),
    })),
  );
}

async function fillOrganizations(app: BrowserApp): Promise<void> {
  const { db, clock, ids } = app;
  const now = clock.now();
  const at = (age: number) => new Date(now.getTime() - age * DAY).toISOString();
  const acme = await db('orgs_organization').where({ slug: 'acme' }).first();
  const people: number[] = [];
  for (let index = 0; index < 14; index++) {
    people.push(await addAccount(app, { email: `person${index}@acme.example`, name: `Person Number ${index}` }));
  }
  await db('orgs_organization').insert({
    name: 'The Very Long Named Consortium of Independent Observatories and Weather Stations',
    slug: 'consortium-of-independent-observatories',
    created_at: at(400),
    modified_at: at(2),
  });
  await db('orgs_membership').insert(
    people.slice(0, 4).map((user, index) => ({
      organization_id: acme.id,
      user_id: user,
      role: index === 0 ? 'admin' : 'member',
      created_at: at(index),
    })),
  );
  const wanted = ['jira', 'copilot', 'slack', 'google_workspace'];
  await db('integrations_interest').insert(
    [...people, ids.charlie].flatMap((user, index) =>
      wanted.slice(0, 1 + (index % 4)).map((integration, place) => ({
        user_id: user,
        integration,
        organization_id: index % 5 === 0 ? null : acme.id,
        created_at: at(index * 2 + place),
      })),
    ),
  );
}

async function fillWork({ db, clock, ids }: BrowserApp): Promise<void> {
  const now = clock.now();
  const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
  await db('analytics_event').insert(
    [0, 1, 2].map((index) => ({
      uuid: `00000000-0000-4000-8000-00000000000${index}`,
      event: 'integration_interest_clicked',
      user_id: ids.alice,
      distinct_id: `user-${ids.alice}`,
      properties: JSON.stringify({ integration: 'jira', team_slug: 'acme' }),
      created_at: at(index * 50),
      sent_at: index === 0 ? null : at(index * 49),
      attempts: index === 0 ? 3 : 1,
      last_error: index === 0 ? 'connect ECONNREFUSED' : null,
      next_attempt_at: new Date(now.getTime() + DAY).toISOString(),
    })),
  );
  await db('jobs_job').insert(
    (['done', 'failed'] as const).map((state, index) => ({
      kind: 'onboarding.sync',
      payload: JSON.stringify({ organizationId: 1 }),
      state,
      progress: state === 'done' ? 6 : 2,
      total: 6,
      attempts: index + 1,
      run_at: at(20),
      error: state === 'failed' ? 'The organization no longer exists.' : null,
      started_at: at(19),
      finished_at: at(18),
      created_at: at(20),
      modified_at: at(18),
    })),
  );
}
