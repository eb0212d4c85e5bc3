import { type FeatureFlagKey, type FeatureFlags, hasFeature } from '../producers';

/** A part of the portal. */
export interface NavigationItem {
  readonly label: string;
  readonly url: string;
  readonly icon: string;
  /** The feature that a producer needs for it; without one it is everybody's. */
  readonly featureFlag?: FeatureFlagKey;
}

/** The parts of the portal in the order of its navigation; the guards of their routes read the same lines. */
export const NAVIGATION: readonly NavigationItem[] = [
  { label: 'Dashboard', url: '/dashboard/overview', icon: 'fa-gauge' },
  { label: 'Shows', url: '/dashboard/shows', icon: 'fa-masks-theater' },
  { label: 'Orders', url: '/dashboard/orders', icon: 'fa-ticket' },
  { label: 'Finances', url: '/dashboard/finances', icon: 'fa-coins' },
  {
    label: 'Knowledge Base',
    url: '/dashboard/knowledge-base',
    icon: 'fa-book-open',
    featureFlag: 'knowledgeBaseEnabled',
  },
  { label: 'AI Assistant', url: '/dashboard/ai-assistant', icon: 'fa-robot', featureFlag: 'aiAgentsEnabled' },
  {
    label: 'Additional Services',
    url: '/dashboard/services',
    icon: 'fa-wand-magic-sparkles',
    featureFlag: 'additionalServicesEnabled',
  },
  { label: 'Support', url: '/dashboard/support', icon: 'fa-life-ring' },
];

/** What a producer with these features sees in the navigation; what it does not have is absent. */
export const navigationFor = (features: FeatureFlags): NavigationItem[] =>
  NAVIGATION.filter(({ featureFlag }) => featureFlag === undefined || hasFeature(features, featureFlag));

const isBelow = (path: string, url: string): boolean => path === url || path.startsWith(`${url}/`);

/** The part of the portal that an address belongs to. */
export const partOf = (path: string): NavigationItem | undefined => NAVIGATION.find(({ url }) => isBelow(path, url));
