import { findIntegration } from './catalogue';
import { getAllIntegrationStatuses, getIntegrationStatus, getPageIntegrations, isIntegrationEnabled } from './status';

const OPTIONAL = ['jira', 'copilot', 'slack', 'google_workspace'];
const flagOf = (slug: string) => `integration_${slug}_enabled`;
/** Somebody for whom exactly these flags are on. */
const withFlags = (...flags: string[]) => ({ flagIsActive: (name: string) => flags.includes(name) });
/** Every combination of the four flags. */
const combinations = Array.from({ length: 2 ** OPTIONAL.length }, (_, bits) =>
  OPTIONAL.filter((_slug, place) => (bits >> place) & 1),
);

describe('isIntegrationEnabled', () => {
  it.each(combinations.map((on) => ({ on, title: on.join(', ') || 'none' })))('with flags for: $title', ({ on }) => {
    const context = withFlags(...on.map(flagOf));
    expect(isIntegrationEnabled('jira', context)).toBe(on.includes('jira'));
    expect(isIntegrationEnabled('copilot', context)).toBe(on.includes('copilot'));
    expect(isIntegrationEnabled('slack', context)).toBe(on.includes('slack'));
    expect(isIntegrationEnabled('google_workspace', context)).toBe(false);
    expect(isIntegrationEnabled('github', context)).toBe(true);
  });

  it.each(['', 'nope', 'Jira', '__proto__', 'constructor', 'toString'])('is false for the unknown slug %p', (slug) => {
    expect(isIntegrationEnabled(slug, { flagIsActive: () => true })).toBe(false);
    expect(getIntegrationStatus(slug, { flagIsActive: () => true })).toBeUndefined();
  });

  it('asks for the flags by their documented names and for no other', () => {
    const asked = new Set<string>();
    getAllIntegrationStatuses({
      flagIsActive: (name) => {
        asked.add(name);
        return false;
      },
    });
    expect([...asked].sort()).toEqual([
      'integration_copilot_enabled',
      'integration_jira_enabled',
      'integration_slack_enabled',
    ]);
    expect(findIntegration('google_workspace')?.flag).toBe('integration_google_workspace_enabled');
  });
});

describe('getAllIntegrationStatuses', () => {
  it('gives the four integrations with exactly the documented fields', () => {
    const statuses = getAllIntegrationStatuses(withFlags());
    expect(statuses.map((status) => status.slug)).toEqual(OPTIONAL);
    for (const status of statuses) {
      expect(Object.keys(status).sort()).toEqual([
        'benefits',
        'comingSoon',
        'description',
        'enabled',
        'iconClass',
        'iconColor',
        'name',
        'slug',
      ]);
      expect(status.comingSoon).toBe(!status.enabled);
      expect(status.benefits).toHaveLength(3);
      for (const benefit of status.benefits) expect(Object.keys(benefit)).toEqual(['title', 'description']);
      expect(status.iconClass).toMatch(/^fa-brands fa-[a-z]+$/);
    }
  });

  it('says of each what it brings, word for word', () => {
    const benefits = Object.fromEntries(
      getAllIntegrationStatuses(withFlags()).map(({ name, benefits: list }) => [
        name,
        list.map(({ title, description }) => `${title}: ${description}`),
      ]),
    );
    expect(benefits).toEqual({
      Jira: [
        'Sprint velocity: Track story points delivered per sprint',
        'Issue cycle time: Measure time from start to done',
        'PR-to-issue linking: Connect code changes to business outcomes',
      ],
      'GitHub Copilot': [
        'Acceptance rate: Track how often suggestions are accepted',
        'Lines of code: Measure AI-generated code volume',
        'Time savings: Estimate productivity gains from AI',
      ],
      Slack: [
        'PR surveys via DM: Quick 1-click surveys to capture AI-assisted PRs',
        'Weekly leaderboards: Gamified AI Detective rankings',
        'Higher response rates: Meet developers where they work',
      ],
      'Google Workspace': [
        'Meeting time analysis: Track time spent in meetings vs coding',
        'Focus time patterns: Identify optimal deep work windows',
        'Team availability: Optimize collaboration windows',
      ],
    });
  });

  it('leaves Google Workspace coming soon though its flag is on, and says what it will do', () => {
    const context = withFlags('integration_google_workspace_enabled');
    const status = getIntegrationStatus('google_workspace', context);
    expect(status).toMatchObject({ comingSoon: true, description: 'Track communication workload in calendars' });
  });
});

describe('the order of the page', () => {
  const slugs = (...args: Parameters<typeof getPageIntegrations>) =>
    getPageIntegrations(...args).map(({ slug }) => slug);

  it('puts what can be connected before what is to come', () => {
    expect(slugs(withFlags())).toEqual(['github', ...OPTIONAL, 'dropbox', 'basecamp']);
    const toCome = ['jira', 'copilot', 'google_workspace', 'dropbox', 'basecamp'];
    expect(slugs(withFlags(flagOf('slack')))).toEqual(['github', 'slack', ...toCome]);
  });

  it('puts what is connected before everything else', () => {
    const context = withFlags(flagOf('slack'), flagOf('jira'));
    const connected = new Set(['slack']);
    const toCome = ['copilot', 'google_workspace', 'dropbox', 'basecamp'];
    expect(slugs(context, connected)).toEqual(['slack', 'github', 'jira', ...toCome]);
  });
});
