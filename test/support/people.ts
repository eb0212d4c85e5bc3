import { hash } from '@node-rs/argon2';
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

const GROUPS: Record<string, string[]> = {
  'Flag editors': ['flag', 'switch', 'sample'].flatMap((model) =>
    ['view', 'add', 'change', 'delete'].map((verb) => `teams.${verb}_${model}`),
  ),
  Viewers: [
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

let passwordHash: Promise<string> | undefined;

/** Puts the people, their groups, two organizations and two producers without features into an empty database; returns their ids. */
export async function addPeople(db: Database, now: Date): Promise<Record<PersonName, number>> {
  passwordHash ??= hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const stamps = { created_at: now.toISOString(), modified_at: now.toISOString() };
  const groups = new Map<string, number>();
  for (const [name, permissions] of Object.entries(GROUPS)) {
    const [row] = (await db('auth_group')
      .insert({ name, ...stamps })
      .returning('id')) as { id: number }[];
    const id = row?.id ?? 0;
    groups.set(name, id);
    await db('auth_group_permissions').insert(permissions.map((permission) => ({ group_id: id, permission })));
  }
  const ids = {} as Record<PersonName, number>;
  for (const [key, person] of Object.entries(people) as [PersonName, (typeof people)[PersonName]][]) {
    const [row] = (await db('auth_user')
      .insert({
        email: person.email,
        name: person.name,
        password_hash: await passwordHash,
        is_staff: 'isStaff' in person,
        is_superuser: 'isSuperuser' in person,
        email_verified_at: stamps.created_at,
        ...stamps,
      })
      .returning('id')) as { id: number }[];
    ids[key] = row?.id ?? 0;
    if ('group' in person)
      await db('auth_user_groups').insert({ user_id: ids[key], group_id: groups.get(person.group) });
  }
  for (const [name, slug, owner] of [
    ['Acme', 'acme', 'alice'],
    ['Elsewhere', 'elsewhere', 'charlie'],
  ] as const) {
    const [row] = (await db('orgs_organization')
      .insert({ name, slug, ...stamps })
      .returning('id')) as { id: number }[];
    await db('orgs_membership').insert({
      organization_id: row?.id,
      user_id: ids[owner],
      role: 'owner',
      created_at: stamps.created_at,
    });
  }
  for (const [name, slug, owner] of [
    ['Arizona Comedy', 'arizona-comedy', 'alice'],
    ['Phoenix Jazz', 'phoenix-jazz', 'charlie'],
  ] as const) {
    const [row] = (await db('producers_producer')
      .insert({ name, slug, contact_email: `hello@${slug}.example`, ...stamps })
      .returning('id')) as { id: number }[];
    const producer_id = row?.id;
    await db('producers_featureflags').insert({ producer_id, ...stamps });
    await db('producers_userproducer').insert({
      producer_id,
      user_id: ids[owner],
      role: 'owner',
      can_publish_shows: true,
      created_at: stamps.created_at,
    });
  }
  return ids;
}
