/** Every step there may be, in order. */
const STEPS = ['organization', 'sync_progress', 'jira', 'slack', 'complete'] as const;
export type OnboardingStep = (typeof STEPS)[number];

/** The integrations with a step of their own, and whether each is on for the person who asks, now. */
export interface EnabledIntegrations {
  readonly jira: boolean;
  readonly slack: boolean;
}

const isEnabled = (step: OnboardingStep, enabled: EnabledIntegrations): boolean =>
  step === 'jira' || step === 'slack' ? enabled[step] : true;

/** The steps that there are at this moment. */
export const onboardingSteps = (enabled: EnabledIntegrations): OnboardingStep[] =>
  STEPS.filter((step) => isEnabled(step, enabled));

/** The enabled step after `step`, which need not be enabled itself; the last step leads to itself. */
export function nextOnboardingStep(step: OnboardingStep, enabled: EnabledIntegrations): OnboardingStep {
  const after = STEPS.slice(STEPS.indexOf(step) + 1);
  return after.find((candidate) => isEnabled(candidate, enabled)) ?? 'complete';
}

/** The enabled step before `step`; nothing before the first. */
export function previousOnboardingStep(step: OnboardingStep, enabled: EnabledIntegrations): OnboardingStep | undefined {
  return STEPS.slice(0, STEPS.indexOf(step)).findLast((candidate) => isEnabled(candidate, enabled));
}

/** `step` itself, or, when it is not enabled, the next one that is. */
export const enabledStep = (step: OnboardingStep, enabled: EnabledIntegrations): OnboardingStep =>
  isEnabled(step, enabled) ? step : nextOnboardingStep(step, enabled);

/** What has been left behind of the way through onboarding. */
export interface Passed {
  readonly steps: ReadonlySet<OnboardingStep>;
  readonly completed: boolean;
}

/** Where somebody goes on who left: the first enabled step that is not behind them, or the end once they were there. */
export function resumeOnboarding({ steps, completed }: Passed, enabled: EnabledIntegrations): OnboardingStep {
  if (completed) return 'complete';
  return onboardingSteps(enabled).find((step) => !steps.has(step)) ?? 'complete';
}

/** The address of a step. */
export const stepPath = (step: OnboardingStep): string => `/onboarding/${step}/`;
