import {
  type EnabledIntegrations,
  enabledStep,
  nextOnboardingStep,
  type OnboardingStep,
  onboardingSteps,
  previousOnboardingStep,
  resumeOnboarding,
} from './steps';

const NONE = { jira: false, slack: false };
const JIRA = { jira: true, slack: false };
const SLACK = { jira: false, slack: true };
const BOTH = { jira: true, slack: true };

describe('nextOnboardingStep', () => {
  it.each<[OnboardingStep, EnabledIntegrations, OnboardingStep]>([
    ['organization', NONE, 'sync_progress'],
    ['organization', BOTH, 'sync_progress'],
    ['sync_progress', NONE, 'complete'],
    ['sync_progress', JIRA, 'jira'],
    ['sync_progress', SLACK, 'slack'],
    ['sync_progress', BOTH, 'jira'],
    ['jira', NONE, 'complete'],
    ['jira', JIRA, 'complete'],
    ['jira', SLACK, 'slack'],
    ['jira', BOTH, 'slack'],
    ['slack', NONE, 'complete'],
    ['slack', JIRA, 'complete'],
    ['slack', SLACK, 'complete'],
    ['slack', BOTH, 'complete'],
    ['complete', NONE, 'complete'],
    ['complete', BOTH, 'complete'],
  ])('leads from %s with %j to %s', (step, enabled, next) => {
    expect(nextOnboardingStep(step, enabled)).toBe(next);
  });

  it.each([
    ['none', NONE, ['organization', 'sync_progress', 'complete']],
    ['Jira', JIRA, ['organization', 'sync_progress', 'jira', 'complete']],
    ['Slack', SLACK, ['organization', 'sync_progress', 'slack', 'complete']],
    ['both', BOTH, ['organization', 'sync_progress', 'jira', 'slack', 'complete']],
  ])('walks through exactly the enabled steps with %s on, and back', (_name, enabled, expected) => {
    expect(onboardingSteps(enabled)).toEqual(expected);
    const forth: OnboardingStep[] = ['organization'];
    while (forth.at(-1) !== 'complete') forth.push(nextOnboardingStep(forth.at(-1) ?? 'complete', enabled));
    expect(forth).toEqual(expected);
    const back: OnboardingStep[] = [];
    for (let step: OnboardingStep | undefined = 'complete'; step; step = previousOnboardingStep(step, enabled)) {
      back.unshift(step);
    }
    expect(back).toEqual(expected);
  });
});

describe('enabledStep', () => {
  it.each<[OnboardingStep, EnabledIntegrations, OnboardingStep]>([
    ['jira', NONE, 'complete'],
    ['jira', JIRA, 'jira'],
    ['jira', SLACK, 'slack'],
    ['jira', BOTH, 'jira'],
    ['slack', NONE, 'complete'],
    ['slack', JIRA, 'complete'],
    ['slack', SLACK, 'slack'],
    ['sync_progress', NONE, 'sync_progress'],
    ['complete', NONE, 'complete'],
  ])('for %s asked for with %j is %s', (step, enabled, expected) => {
    expect(enabledStep(step, enabled)).toBe(expected);
  });
});

describe('resumeOnboarding', () => {
  const passed = (...steps: OnboardingStep[]) => ({ steps: new Set(steps), completed: false });

  it.each<[string, OnboardingStep[], EnabledIntegrations, OnboardingStep]>([
    ['at the beginning', [], BOTH, 'organization'],
    ['with an organization', ['organization'], BOTH, 'sync_progress'],
    ['after the sync', ['organization', 'sync_progress'], BOTH, 'jira'],
    ['after the sync', ['organization', 'sync_progress'], SLACK, 'slack'],
    ['after the sync', ['organization', 'sync_progress'], NONE, 'complete'],
    ['after Slack, when Jira came later', ['organization', 'sync_progress', 'slack'], BOTH, 'jira'],
    ['after all', ['organization', 'sync_progress', 'jira', 'slack'], BOTH, 'complete'],
  ])('%s (%j, %j) is %s', (_when, steps, enabled, expected) => {
    expect(resumeOnboarding(passed(...steps), enabled)).toBe(expected);
  });

  it('is the end once somebody was there, whatever was switched on since', () => {
    const completed = { steps: new Set<OnboardingStep>(['organization', 'sync_progress']), completed: true };
    expect(resumeOnboarding(completed, BOTH)).toBe('complete');
  });
});
