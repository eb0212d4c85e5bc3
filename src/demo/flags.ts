/** A change in a flag's life, so many days ago, as the audit log tells it. */
interface Chapter {
  readonly daysAgo: number;
  readonly by: string;
  readonly action: 'add' | 'change';
  readonly message: string;
  readonly before?: Record<string, unknown>;
  readonly after: Record<string, unknown>;
}

export interface DemoFlag {
  readonly name: string;
  readonly note: string;
  readonly settings: Record<string, unknown>;
  readonly groups?: readonly string[];
  readonly story: readonly Chapter[];
}

const STAFF = 'staff@example.com';
const FLAGS = 'flags@example.com';

/** Flags of a product in the middle of its work: one for each way in which a flag can stand. */
export const DEMO_FLAGS: readonly DemoFlag[] = [
  {
    name: 'beta_search',
    note: 'Full-text search with ranking. Raise the share slowly; the search team watches the error rate.',
    settings: { staff: true, percent: 25 },
    story: [
      {
        daysAgo: 34,
        by: FLAGS,
        action: 'add',
        message: 'Added the flag. On for staff and superusers.',
        after: { staff: true },
      },
      {
        daysAgo: 12,
        by: FLAGS,
        action: 'change',
        message: 'Was: On for staff and superusers. Now: On for staff and superusers, and for 10% of everyone else.',
        before: { percent: null },
        after: { percent: 10 },
      },
      {
        daysAgo: 2.3,
        by: FLAGS,
        action: 'change',
        message:
          'Was: On for staff and superusers, and for 10% of everyone else. Now: On for staff and superusers, and for 25% of everyone else.',
        before: { percent: 10 },
        after: { percent: 25 },
      },
    ],
  },
  {
    name: 'dark_theme',
    note: 'Released to everyone. The old styles may be removed from the code.',
    settings: { everyone: true },
    story: [
      {
        daysAgo: 76,
        by: STAFF,
        action: 'add',
        message: 'Added the flag. On for superusers.',
        after: { superusers: true },
      },
      {
        daysAgo: 20,
        by: FLAGS,
        action: 'change',
        message: 'Was: On for superusers. Now: On for everyone.',
        before: { everyone: null },
        after: { everyone: true },
      },
    ],
  },
  {
    name: 'instant_refunds',
    note: 'Stopped on request of the finance team until the ledger can keep up.',
    settings: { everyone: false, percent: 50 },
    story: [
      {
        daysAgo: 41,
        by: FLAGS,
        action: 'add',
        message: 'Added the flag. On for superusers, and for 50% of everyone else.',
        after: { percent: 50 },
      },
      {
        daysAgo: 0.6,
        by: STAFF,
        action: 'change',
        message: 'Was: On for superusers, and for 50% of everyone else. Now: Off for everyone.',
        before: { everyone: null },
        after: { everyone: false },
      },
    ],
  },
  {
    name: 'weekly_digest',
    note: 'Digest mail on Mondays, tried by the people who write it.',
    settings: { superusers: false },
    groups: ['Flag editors'],
    story: [
      { daysAgo: 9, by: FLAGS, action: 'add', message: 'Added the flag. On for the group Flag editors.', after: {} },
    ],
  },
  {
    name: 'german_interface',
    note: 'Translated pages for browsers that ask for German.',
    settings: { superusers: false, languages: 'de, de-at, de-ch' },
    story: [
      {
        daysAgo: 27,
        by: FLAGS,
        action: 'add',
        message: 'Added the flag. On for people who use German, Austrian German or Swiss High German.',
        after: { languages: 'de, de-at, de-ch' },
      },
    ],
  },
  {
    name: 'export_to_csv',
    note: 'For everybody with an account; visitors see the button without it.',
    settings: { authenticated: true },
    story: [
      {
        daysAgo: 55,
        by: STAFF,
        action: 'add',
        message: 'Added the flag. On for everyone who is signed in.',
        after: { authenticated: true },
      },
    ],
  },
];

/** A switch or a sample, with what became of it: the last change tells how it is now. */
export interface DemoSetting {
  readonly name: string;
  readonly note: string;
  readonly story: readonly {
    readonly daysAgo: number;
    readonly message: string;
    readonly after: { readonly active: boolean } | { readonly percent: number };
  }[];
}

export const DEMO_SWITCHES: readonly DemoSetting[] = [
  {
    name: 'signups_open',
    note: 'Whether new people may create an account.',
    story: [{ daysAgo: 80, message: 'Added the switch, on.', after: { active: true } }],
  },
  {
    name: 'read_only_mode',
    note: 'For maintenance: pages work, saving says to come back later.',
    story: [
      { daysAgo: 60, message: 'Added the switch, off.', after: { active: false } },
      { daysAgo: 12.3, message: 'Turned on.', after: { active: true } },
      { daysAgo: 12.2, message: 'Turned off.', after: { active: false } },
    ],
  },
  {
    name: 'nightly_reports',
    note: 'Builds the reports of the day at three in the morning.',
    story: [
      { daysAgo: 40, message: 'Added the switch, on.', after: { active: true } },
      { daysAgo: 16, message: 'Turned off.', after: { active: false } },
      { daysAgo: 15, message: 'Turned on.', after: { active: true } },
    ],
  },
];

export const DEMO_SAMPLES: readonly DemoSetting[] = [
  {
    name: 'trace_requests',
    note: 'Detailed traces for a share of all requests.',
    story: [
      { daysAgo: 48, message: 'Added the sample at 1%.', after: { percent: 1 } },
      { daysAgo: 8, message: 'Changed from 1% to 2.5%.', after: { percent: 2.5 } },
    ],
  },
  {
    name: 'survey_invitation',
    note: 'Asks some visitors what they came for.',
    story: [{ daysAgo: 18, message: 'Added the sample at 12%.', after: { percent: 12 } }],
  },
];

/** Names that code asks for although nobody has made them yet; use.ts says how often. */
export const DEMO_MISSING = [
  { kind: 'flag', name: 'checkout_v2' },
  { kind: 'switch', name: 'legacy_login' },
] as const;
