export { createFirstOrganization } from './onboarding';
export { onboardingHome, onboardingRoutes } from './routes';
export {
  type EnabledIntegrations,
  enabledStep,
  nextOnboardingStep,
  type OnboardingStep,
  onboardingSteps,
} from './steps';
export { onboardingSync, onboardingSyncHandler } from './sync';
