import { toDbTime } from '../db';
import { actorFor, daysBefore, type Load, momentBetween, stamps } from './load';
import { type DemoOrganization, GROUPS, namesFor, ORGANIZATIONS, SIGN_INS } from './people';
import { insertRow, insertRows } from './queries';

/** Somebody who belongs to an organization of the demo. */
export interface Member {
  readonly userId: number;
  readonly email: string;
  readonly role: string;
  readonly since: Date;
}

export interface LoadedOrganization extends DemoOrganization {
  readonly id: number;
  readonly founded: Date;
  readonly owner: Member;
  /** Everybody but those who can sign in. */
  readonly colleagues: readonly Member[];
  readonly members: readonly Member[];
}

/** The groups of staff; returns their ids by name. */
export async function loadGroups({ trx, now }: Load): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const [name, permissions] of Object.entries(GROUPS)) {
    const id = await insertRow(trx, 'auth_group', { name, ...stamps(daysBefore(now, 121)) });
    await insertRows(
      trx,
      'auth_group_permissions',
      permissions.map((permission) => ({ group_id: id, permission })),
    );
    ids.set(name, id);
  }
  return ids;
}

/** Those who can sign in. */
export async function loadSignIns({ trx, now, passwordHash, ids }: Load, groups: Map<string, number>): Promise<void> {
  for (const [index, person] of SIGN_INS.entries()) {
    const created = daysBefore(now, 120 - index);
    const id = await insertRow(trx, 'auth_user', {
      email: person.email,
      name: person.name,
      password_hash: passwordHash,
      is_staff: person.isStaff ?? false,
      is_superuser: person.isSuperuser ?? false,
      time_zone: person.timeZone,
      email_verified_at: toDbTime(created),
      ...stamps(created),
    });
    ids.set(person.email, id);
    if (person.group === undefined) continue;
    await insertRows(trx, 'auth_user_groups', [{ user_id: id, group_id: groups.get(person.group) }]);
  }
}

/** The organizations and the people who work there. Nobody can sign in as one of those: they have no password. */
export async function loadOrganizations(load: Load): Promise<LoadedOrganization[]> {
  const people = ORGANIZATIONS.reduce((sum, organization) => sum + organization.people, 0);
  const names = namesFor(people, load.random);
  const loaded: LoadedOrganization[] = [];
  for (const [index, organization] of ORGANIZATIONS.entries()) {
    const founded = daysBefore(load.now, 116 - index * 10 - load.random() * 5);
    loaded.push(await loadOrganization(load, organization, founded, names.splice(0, organization.people)));
  }
  return loaded;
}

async function loadOrganization(
  load: Load,
  organization: DemoOrganization,
  founded: Date,
  names: readonly string[],
): Promise<LoadedOrganization> {
  const { trx, ids, episodes } = load;
  const { name, slug, timeZone: time_zone } = organization;
  const id = await insertRow(trx, 'orgs_organization', { name, slug, time_zone, ...stamps(founded) });
  const signIns = (organization.signIns ?? []).map(([email, role]): Member => {
    return { userId: ids.get(email) ?? 0, email, role, since: founded };
  });
  const colleagues: Member[] = [];
  for (const person of names) {
    const isFounder = ![...signIns, ...colleagues].some(({ role }) => role === 'owner');
    colleagues.push(await loadColleague(load, organization, person, { founded, isFounder }));
  }
  const members = [...signIns, ...colleagues];
  await insertRows(
    trx,
    'orgs_membership',
    members.map(({ userId: user_id, role, since }) => {
      return { organization_id: id, user_id, role, created_at: toDbTime(since) };
    }),
  );
  const owner = members.find(({ role }) => role === 'owner');
  if (owner === undefined) throw new Error(`the demo's organization ${slug} has no owner`);
  episodes.push({
    at: founded,
    actor: actorFor(owner.email, owner.userId),
    change: {
      action: 'add',
      objectType: 'orgs.organization',
      objectId: id,
      objectLabel: name,
      after: { name, slug, time_zone, owner: owner.userId },
      message: `Created the organization ${name}.`,
      organizationId: id,
    },
  });
  return { ...organization, id, founded, owner, colleagues, members };
}

/** Adds somebody who founded the organization, or came to it some time later. */
async function loadColleague(
  { trx, now, random }: Load,
  { slug, timeZone }: DemoOrganization,
  name: string,
  { founded, isFounder }: { founded: Date; isFounder: boolean },
): Promise<Member> {
  const since = isFounder ? founded : momentBetween(founded, daysBefore(now, 4), random());
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const email = `${plain.replace(/[^a-z]+/g, '.')}@${slug}.example`;
  const userId = await insertRow(trx, 'auth_user', {
    email,
    name,
    password_hash: null,
    is_active: isFounder || random() > 0.05,
    time_zone: timeZone,
    email_verified_at: toDbTime(since),
    last_login_at: toDbTime(momentBetween(since, now, 0.4 + 0.6 * random())),
    ...stamps(since),
  });
  return { userId, email, role: isFounder ? 'owner' : random() < 0.2 ? 'admin' : 'member', since };
}
