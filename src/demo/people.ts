/** The password of all demo sign-ins. */
export const DEMO_PASSWORD = 'flagstaff-demo';

export interface DemoPerson {
  readonly email: string;
  readonly name: string;
  /** Said beside the address where the sign-ins are printed. */
  readonly note: string;
  readonly timeZone: string;
  readonly isStaff?: boolean;
  readonly isSuperuser?: boolean;
  readonly group?: keyof typeof GROUPS;
}

/** Who can sign in. */
export const SIGN_INS: readonly DemoPerson[] = [
  {
    email: 'staff@example.com',
    name: 'Sasha Okafor',
    note: 'superuser: may do everything',
    timeZone: 'America/Phoenix',
    isStaff: true,
    isSuperuser: true,
  },
  {
    email: 'flags@example.com',
    name: 'Femi Lindqvist',
    note: 'staff: may change flags, nothing else',
    timeZone: 'Europe/Stockholm',
    isStaff: true,
    group: 'Flag editors',
  },
  {
    email: 'viewer@example.com',
    name: 'Vilma Castellanos',
    note: 'staff: may look at everything',
    timeZone: 'Europe/Madrid',
    isStaff: true,
    group: 'Viewers',
  },
  {
    email: 'user@example.com',
    name: 'Uma Hartley',
    note: 'member of the organization acme',
    timeZone: 'America/Denver',
  },
  { email: 'producer@example.com', name: 'Priya Delgado', note: 'Arizona Comedy', timeZone: 'America/Phoenix' },
  { email: 'producer2@example.com', name: 'Paul Yazzie', note: 'Phoenix Jazz', timeZone: 'America/Phoenix' },
];

const everyVerb = (model: string): string[] => ['view', 'add', 'change', 'delete'].map((verb) => `${verb}_${model}`);

/** The groups of the demo and what their members may do. */
export const GROUPS = {
  'Flag editors': [
    ...[...['flag', 'switch', 'sample'].flatMap(everyVerb), 'view_missing'].map((name) => `teams.${name}`),
    ...everyVerb('flag').map((name) => `flags.${name}`),
  ],
  Viewers: [
    'flags.view_flag',
    'teams.view_flag',
    'teams.view_switch',
    'teams.view_sample',
    'teams.view_missing',
    'auth.view_user',
    'auth.view_group',
    'orgs.view_organization',
    'orgs.view_membership',
    'integrations.view_interest',
    'producers.view_producer',
    'producers.view_featureflags',
    'producers.view_producerfinancial',
    'producers.view_userproducer',
    'producers.view_show',
    'producers.view_order',
    'producers.view_payout',
    'knowledge.view_article',
    'knowledge.view_category',
    'knowledge.view_feedback',
    'assistant.view_question',
    'offers.view_service',
    'offers.view_request',
    'support.view_ticket',
    'support.view_message',
    'analytics.view_event',
    'jobs.view_job',
    'audit.view_entry',
  ],
} as const;

export interface DemoOrganization {
  readonly name: string;
  readonly slug: string;
  readonly timeZone: string;
  /** How many people work there besides those who can sign in. */
  readonly people: number;
  /** Who can sign in and belongs to it, with their role. */
  readonly signIns?: readonly (readonly [email: string, role: string])[];
  /** How far it came; everything unless said otherwise. */
  readonly onboarding?: 'sync failed' | 'left before Slack';
}

export const ORGANIZATIONS: readonly DemoOrganization[] = [
  {
    name: 'Acme',
    slug: 'acme',
    timeZone: 'America/Denver',
    people: 13,
    signIns: [['user@example.com', 'member']],
  },
  {
    name: 'Arizona Comedy',
    slug: 'arizona-comedy',
    timeZone: 'America/Phoenix',
    people: 4,
  },
  {
    name: 'Phoenix Jazz',
    slug: 'phoenix-jazz',
    timeZone: 'America/Phoenix',
    people: 3,
  },
  { name: 'Blue Harbour Logistics', slug: 'blue-harbour-logistics', timeZone: 'Europe/Lisbon', people: 11 },
  { name: 'Cobalt Robotics', slug: 'cobalt-robotics', timeZone: 'Europe/Berlin', people: 9 },
  { name: 'Fern & Field', slug: 'fern-field', timeZone: 'Europe/Dublin', people: 6 },
  { name: 'Lumen Clinics', slug: 'lumen-clinics', timeZone: 'Asia/Kolkata', people: 8 },
  {
    name: 'Papermoon Press',
    slug: 'papermoon-press',
    timeZone: 'America/Toronto',
    people: 5,
    onboarding: 'left before Slack',
  },
  {
    name: 'Tidewater Credit Union',
    slug: 'tidewater-credit-union',
    timeZone: 'America/New_York',
    people: 3,
    onboarding: 'sync failed',
  },
];

const FIRST_NAMES =
  'Ada Noor Mateo Ingrid Kwame Leila Tomás Yuki Hana Oluwaseun Bram Chiara Dmitri Esther Farid Greta Hugo Isla Jonas Kavya Lars Mireille Nadia Otto Paloma Quentin Rosa Stefan Tariq Ursula Viktor Wanjiru';
const LAST_NAMES =
  'Abara Bergström Caruso Dorji Eriksen Fontaine Gupta Haddad Ivanov Jansen Kimura Lopez Mbeki Novak Osei Petrov Quispe Rossi Sato Tanaka Ueda Vargas Weber Xu Yilmaz Zhang Ashworth Brennan';

/** A list of people with names that differ, in no order that one would notice. */
export function namesFor(count: number, random: () => number): string[] {
  const [first, last] = [FIRST_NAMES.split(' '), LAST_NAMES.split(' ')];
  const names = new Set<string>();
  while (names.size < count) {
    names.add(`${first[Math.floor(random() * first.length)]} ${last[Math.floor(random() * last.length)]}`);
  }
  return [...names];
}
