import { type FeatureFlagKey, type FeatureFlags, hasFeature, producerFeatures } from '../producers';

/** A part of the portal. */
export interface NavigationItem {
  /** Its name in addresses below `/dashboard/`, and the end of its id on the page. */
  readonly name: string;
  readonly label: string;
  readonly url: string;
  readonly icon: string;
  /** The feature that a producer needs for it; without one it is everybody's. */
  readonly featureFlag?: FeatureFlagKey;
}

/** The parts that features open, in the order of their declaration. */
const gated = (): NavigationItem[] =>
  producerFeatures.flatMap(([key, { page }]) =>
    page === undefined ? [] : [part(page.name, page.label, page.icon, key)],
  );

const part = (name: string, label: string, icon: string, featureFlag?: FeatureFlagKey): NavigationItem =>
  Object.freeze({
    name,
    label,
    url: `/dashboard/${name}`,
    icon,
    ...(featureFlag === undefined ? {} : { featureFlag }),
  });

/** The parts of the portal in the order of its navigation; the guards of their routes read the same lines. */
export const NAVIGATION: readonly NavigationItem[] = [
  part('overview', 'Dashboard', 'fa-gauge'),
  part('shows', 'Shows', 'fa-masks-theater'),
  part('orders', 'Orders', 'fa-ticket'),
  part('finances', 'Finances', 'fa-coins'),
  ...gated(),
  part('support', 'Support', 'fa-life-ring'),
];

/** What a producer with these features sees in the navigation; what it does not have is absent. */
export const navigationFor = (features: FeatureFlags): NavigationItem[] =>
  NAVIGATION.filter(({ featureFlag }) => featureFlag === undefined || hasFeature(features, featureFlag));

const isBelow = (path: string, url: string): boolean => path === url || path.startsWith(`${url}/`);

/** The part of the portal that an address belongs to. */
export const partOf = (path: string): NavigationItem | undefined => NAVIGATION.find(({ url }) => isBelow(path, url));

/** The gated parts that a navigation shows, by name: pages carry it, so that a stream can tell what they do not know yet. */
export const stateOf = (features: FeatureFlags): string =>
  navigationFor(features)
    .filter(({ featureFlag }) => featureFlag !== undefined)
    .map(({ name }) => name)
    .join('.') || 'none';

/** The navigation that a state stands for; names that no gated part has say nothing. */
export function navigationOf(state: string): NavigationItem[] {
  const shown = new Set(state.split('.'));
  return NAVIGATION.filter(({ name, featureFlag }) => featureFlag === undefined || shown.has(name));
}
