import type { Database } from '../../src/db';

/**
 * The people of every test. Alice owns acme and the producer Arizona Comedy, Charlie belongs elsewhere and to Phoenix Jazz;
 * Bob edits flags, Vera views, Sam may do all.
 */
export const people = {
  alice: { email: 'alice@example.com', name: 'Alice Owner' },
  bob: { email: 'bob@example.com', name: 'Bob Editor', isStaff: true, group: 'Flag editors' },
  vera: { email: 'vera@example.com', name: 'Vera Viewer', isStaff: true, group: 'Viewers' },
  sam: { email: 'sam@example.com', name: 'Sam Super', isStaff: true, isSuperuser: true },
  charlie: { email: 'charlie@example.com', name: 'Charlie Elsewhere' },
} as const;

export type PersonName = keyof typeof people;

export const PASSWORD = 'correct horse battery';

/** What is kept of it. Made once and for all, because making it takes longer than many a test. */
const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$vYF82H90m2Ifr5cQbviusA$h2LMCFkPj/CfJ11ju5By9Sr4IqAWecTVyNScsSzVWOI';

const GROUPS: Record<string, string[]> = {
  'Flag editors': ['teams.%_flag', 'teams.%_switch', 'teams.%_sample', 'flags.%_flag'].flatMap((permission) =>
    ['view', 'add', 'change', 'delete'].map((verb) => permission.replace('%', verb)),
  ),
  Viewers: [
    'flags.view_flag',
    'teams.view_flag',
    'teams.view_switch',
    'teams.view_sample',
    'teams.view_missing',
    'auth.view_user',
    'auth.view_group',
    'integrations.view_interest',
    'orgs.view_organization',
    'producers.view_producer',
    'producers.view_featureflags',
    'knowledge.view_article',
  ],
};

/** Puts the people, their groups, two organizations and two producers without features into an empty database; returns their ids. */
export async function addPeople(db: Database, now: Date): Promise<Record<PersonName, number>> {
  const stamps = { created_at: now.toISOString(), modified_at: now.toISOString() };
  // Few statements: this runs before most tests.
  const add = async (table: string, rows: Record<string, unknown>[]): Promise<number[]> =>
    ((await db(table).insert(rows).returning('id')) as { id: number }[]).map(({ id }) => id);
  const entries = Object.entries(people) as [PersonName, (typeof people)[PersonName]][];
  const users = await add(
    'auth_user',
    entries.map(([, person]) => ({
      email: person.email,
      name: person.name,
      password_hash: PASSWORD_HASH,
      is_staff: 'isStaff' in person,
      is_superuser: 'isSuperuser' in person,
      email_verified_at: stamps.created_at,
      ...stamps,
    })),
  );
  const ids = Object.fromEntries(entries.map(([key], index) => [key, users[index]])) as Record<PersonName, number>;

  const groups = Object.keys(GROUPS);
  const groupIds = await add(
    'auth_group',
    groups.map((name) => ({ name, ...stamps })),
  );
  await db('auth_group_permissions').insert(
    groups.flatMap((name, index) =>
      (GROUPS[name] ?? []).map((permission) => ({ group_id: groupIds[index], permission })),
    ),
  );
  await db('auth_user_groups').insert(
    entries.flatMap(([key, person]) =>
      'group' in person ? [{ user_id: ids[key], group_id: groupIds[groups.indexOf(person.group)] }] : [],
    ),
  );

  const organizations = await add('orgs_organization', [
    { name: 'Acme', slug: 'acme', ...stamps },
    { name: 'Elsewhere', slug: 'elsewhere', ...stamps },
  ]);
  const producers = await add('producers_producer', [
    { name: 'Arizona Comedy', slug: 'arizona-comedy', contact_email: 'hello@arizona-comedy.example', ...stamps },
    { name: 'Phoenix Jazz', slug: 'phoenix-jazz', contact_email: 'hello@phoenix-jazz.example', ...stamps },
  ]);
  const owners = [ids.alice, ids.charlie].map((user_id) => ({ user_id, role: 'owner', created_at: stamps.created_at }));
  await db('orgs_membership').insert(
    owners.map((owner, index) => ({ ...owner, organization_id: organizations[index] })),
  );
  await db('producers_featureflags').insert(producers.map((producer_id) => ({ producer_id, ...stamps })));
  await db('producers_userproducer').insert(
    owners.map((owner, index) => ({ ...owner, producer_id: producers[index], can_publish_shows: true })),
  );
  return ids;
}
