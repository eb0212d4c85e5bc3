import { conclude, interrupts, type StatusFacts } from './policy';
import { strategyOf } from './strategies';

const PROVIDERS = [
  { slug: 'dropbox', name: 'Dropbox' },
  { slug: 'basecamp', name: 'Basecamp' },
  { slug: 'jira', name: 'Jira' },
  { slug: 'slack', name: 'Slack' },
  { slug: 'github', name: 'GitHub' },
];
const NOW = new Date('2026-11-21T12:00:00Z');
const LATER = new Date('2026-11-21T13:00:00Z');
const EARLIER = new Date('2026-11-21T11:00:00Z');

/** Every combination of facts, as missing credentials, connected, authenticated, refresh token; and the rule that decides. */
const RULES = {
  '----': 2,
  '---r': 2,
  '--a-': 2,
  '--ar': 2,
  '-c--': 3,
  '-c-r': 3,
  '-ca-': 4,
  '-car': 5,
  'm---': 1,
  'm--r': 1,
  'm-a-': 1,
  'm-ar': 1,
  'mc--': 1,
  'mc-r': 1,
  'mca-': 1,
  mcar: 1,
} as const;

const factsOf = (signs: string, variables: readonly string[]): StatusFacts => ({
  missingCredentials: signs.startsWith('m') ? variables : [],
  connected: signs.includes('c'),
  authenticated: signs.includes('a'),
  hasRefresh: signs.includes('r'),
});

/** What each rule says of a provider, to staff and to others. */
const said = (rule: number, { slug, name }: { slug: string; name: string }, isStaff: boolean, connected = true) => {
  const connect = `/integrations/${slug}/connect/`;
  const notSetUp = connected ? `${name} can't be used right now.` : "This integration isn't set up yet.";
  const staffOnly = isStaff
    ? {
        reason: `${notSetUp} Missing in the environment: ${slug.toUpperCase()}_CLIENT_ID.`,
        ctaLabel: `How to set up ${name}`,
        ctaUrl: '/help/integrations-set-up/',
      }
    : { reason: `${notSetUp} Ask your administrator.`, ctaLabel: null, ctaUrl: null };
  const byRule: Record<number, { reason: string; ctaLabel: string | null; ctaUrl: string | null }> = {
    1: staffOnly,
    2: {
      reason: `${name} isn't connected. Work that needs it waits until it is.`,
      ctaLabel: `Connect ${name}`,
      ctaUrl: connect,
    },
    3: {
      reason: `Action required: ${name} has to be connected again to let background work go on.`,
      ctaLabel: `Reconnect ${name}`,
      ctaUrl: connect,
    },
    4: {
      reason: `Action required: ${name} refresh token is missing. Reconnect to grant offline access.`,
      ctaLabel: `Reconnect ${name}`,
      ctaUrl: connect,
    },
    5: { reason: `${name} is connected.`, ctaLabel: null, ctaUrl: null },
  };
  return { blockingProblem: rule !== 5, ...byRule[rule] };
};

describe.each(PROVIDERS)('the policy for $name', (provider) => {
  it.each(Object.entries(RULES))('with %s follows rule %d', (signs, rule) => {
    const facts = factsOf(signs, [`${provider.slug.toUpperCase()}_CLIENT_ID`]);
    for (const isStaff of [true, false]) {
      expect(conclude(facts, provider, { isStaff })).toEqual(said(rule, provider, isStaff, facts.connected));
    }
  });

  it('tells nobody but staff which variables are missing', () => {
    const facts = factsOf('mcar', ['SECRET_VARIABLE']);
    expect(JSON.stringify(conclude(facts, provider, { isStaff: true }))).toContain('SECRET_VARIABLE');
    expect(JSON.stringify(conclude(facts, provider, { isStaff: false }))).not.toContain('SECRET_VARIABLE');
  });
});

describe('what interrupts', () => {
  it('is a problem of something that was connected, and nothing else', () => {
    const status = {
      ...said(3, { slug: 'jira', name: 'Jira' }, false),
      provider: 'jira',
      lastChecked: NOW,
      ttlSeconds: 1,
    };
    const like = (connected: boolean, blockingProblem: boolean) =>
      interrupts({
        ...status,
        connected,
        blockingProblem,
        authenticated: true,
        hasRefresh: true,
        reason: '',
        ctaLabel: null,
        ctaUrl: null,
      });
    expect([like(true, true), like(true, false), like(false, true), like(false, false)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the facts', () => {
  const connection = { hasAccess: true, hasRefresh: true, expiresAt: LATER, authFailedAt: null };
  const gather = (
    slug: string,
    of?: Partial<typeof connection> | { expiresAt: null } | { authFailedAt: Date } | null,
  ) =>
    strategyOf(slug).gather({
      connection: of === null ? undefined : { ...connection, ...of },
      missingCredentials: ['X'],
      now: NOW,
    });

  it.each(PROVIDERS)('of $name come from its connection alone, by the strategy of its own', ({ slug, name }) => {
    expect(strategyOf(slug).constructor.name).toBe(`${name}StatusStrategy`);
    const told = { missingCredentials: ['X'] };
    expect(gather(slug, null)).toEqual({ connected: false, authenticated: false, hasRefresh: false, ...told });
    expect(gather(slug)).toEqual({ connected: true, authenticated: true, hasRefresh: true, ...told });
    // Expired, and renewed at its next use.
    expect(gather(slug, { expiresAt: EARLIER })).toMatchObject({ authenticated: true, hasRefresh: true });
    expect(gather(slug, { expiresAt: EARLIER, hasRefresh: false })).toMatchObject({
      authenticated: false,
      hasRefresh: false,
    });
    expect(gather(slug, { hasRefresh: false })).toMatchObject({ authenticated: true, hasRefresh: false });
    expect(gather(slug, { hasAccess: false, hasRefresh: false })).toMatchObject({
      connected: true,
      authenticated: false,
    });
    expect(gather(slug, { authFailedAt: EARLIER })).toMatchObject({ connected: true, authenticated: false });
  });

  it('know which providers give tokens that never end', () => {
    const lasting = { expiresAt: null, hasRefresh: false };
    const withRefresh = PROVIDERS.filter(({ slug }) => gather(slug, lasting).hasRefresh).map(({ slug }) => slug);
    expect(withRefresh).toEqual(['slack', 'github']);
    expect(gather('one of tomorrow', lasting)).toMatchObject({ authenticated: true, hasRefresh: false });
    expect(strategyOf('toString').gather).toBeDefined();
  });
});
