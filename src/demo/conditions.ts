/** A condition as the database has it. */
export interface DemoCondition {
  readonly condition: string;
  readonly value: string;
  readonly required?: boolean;
}

/** A change in the life of a flag by conditions, so many days ago, as the audit log tells it. */
interface Chapter {
  readonly daysAgo: number;
  readonly by: string;
  readonly message: string;
}

export interface DemoConditionFlag {
  readonly name: string;
  readonly description: string;
  readonly conditions: readonly DemoCondition[];
  /** The first one adds it. */
  readonly story: readonly Chapter[];
  readonly archivedDaysAgo?: number;
  /** For how many percent of the evaluations rows of who got it are kept. */
  readonly tracked?: number;
}

/** A group that a flag is for; it gives no permission. */
export const BETA_TESTERS = 'Beta testers';

/** The flag whose use is kept by person, and since when. */
export const TRACKED = { name: 'integrations.search.show', signIn: 'user@example.com', daysAgo: 19, rate: 25 };

const STAFF = 'staff@example.com';
const FLAGS = 'flags@example.com';
const DAY = 24 * 60 * 60 * 1000;

/** The full hour so many days from now, as conditions write it. */
const moment = (now: Date, days: number): string =>
  new Date(Math.round((now.getTime() + days * DAY) / 3_600_000) * 3_600_000).toISOString().replace('.000Z', 'Z');

/** Flags by conditions of several kinds: a share, a group, a path that must match, a window in time, one for everybody. */
export function demoConditionFlags(now: Date): readonly DemoConditionFlag[] {
  const presale = `${moment(now, -6)}, ${moment(now, 8)}`;
  const seasonEnd = moment(now, -9);
  return [
    {
      name: 'checkout.summary.view',
      description: 'One page with everything before paying. Raised step by step; the box office watches refunds.',
      conditions: [
        { condition: 'staff', value: 'true' },
        { condition: 'percent', value: '25' },
      ],
      story: [
        { daysAgo: 21, by: FLAGS, message: 'Added the flag, off for everyone.' },
        { daysAgo: 21, by: FLAGS, message: 'Changed boolean: false to staff: true.' },
        { daysAgo: 14, by: FLAGS, message: 'Added the condition percent: 10.' },
        { daysAgo: 4, by: FLAGS, message: 'Changed percent: 10 to percent: 25.' },
      ],
    },
    {
      name: TRACKED.name,
      description: 'A search above the cards of integrations, with those who said they would try it.',
      conditions: [
        { condition: 'group', value: BETA_TESTERS },
        { condition: 'user', value: TRACKED.signIn },
      ],
      story: [
        { daysAgo: 20, by: FLAGS, message: `Added the flag with group: ${BETA_TESTERS}.` },
        {
          daysAgo: TRACKED.daysAgo,
          by: STAFF,
          message: `Keeps rows of who gets it, for ${TRACKED.rate}% of the evaluations.`,
        },
        { daysAgo: 5, by: FLAGS, message: `Added the condition user: ${TRACKED.signIn}.` },
      ],
      tracked: TRACKED.rate,
    },
    {
      name: 'shows.seats.choose',
      description: 'Choosing places on a plan of the house. Only where shows are edited, until orders know about it.',
      conditions: [
        { condition: 'authenticated', value: 'true' },
        { condition: 'path matches', value: '^/dashboard/shows', required: true },
      ],
      story: [
        { daysAgo: 11, by: FLAGS, message: 'Added the flag with authenticated: true.' },
        { daysAgo: 11, by: FLAGS, message: 'Added the condition path matches: ^/dashboard/shows (required).' },
      ],
    },
    {
      name: 'tickets.presale.open',
      description: 'Tickets of the winter festival for people with an account, before everybody else.',
      conditions: [
        { condition: 'between dates', value: presale },
        { condition: 'authenticated', value: 'true', required: true },
      ],
      story: [
        { daysAgo: 13, by: STAFF, message: `Added the flag with between dates: ${presale}.` },
        { daysAgo: 12.9, by: STAFF, message: 'Added the condition authenticated: true (required).' },
      ],
    },
    {
      name: 'dashboard.header.compact',
      description: 'A lower header for small screens. Released; the high one may leave the code.',
      conditions: [{ condition: 'boolean', value: 'true' }],
      story: [
        { daysAgo: 58, by: FLAGS, message: 'Added the flag, off for everyone.' },
        { daysAgo: 44, by: FLAGS, message: 'Turned on.' },
      ],
    },
    {
      name: 'orders.export.schedule',
      description: 'Exports of orders that come by mail every morning. The code for it is not deployed yet.',
      conditions: [{ condition: 'boolean', value: 'false' }],
      story: [{ daysAgo: 3, by: FLAGS, message: 'Added the flag, off for everyone.' }],
    },
    {
      name: 'season.banner.show',
      description: 'The banner of the autumn season, which ended by itself.',
      conditions: [{ condition: 'before date', value: seasonEnd }],
      story: [
        { daysAgo: 40, by: STAFF, message: `Added the flag with before date: ${seasonEnd}.` },
        { daysAgo: 7, by: STAFF, message: 'Archived.' },
      ],
      archivedDaysAgo: 7,
    },
  ];
}
