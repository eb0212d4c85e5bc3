import { allIntegrations, type Benefit, findIntegration, type Integration, optionalIntegrations } from './catalogue';

/** Answers for one person whether a global flag is on. Comes from the snapshot in memory: asking costs no I/O. */
export interface IntegrationContext {
  flagIsActive(name: string): boolean;
}

/** What a card, the onboarding flow or an API caller needs to know about one integration. */
export interface IntegrationCard {
  readonly name: string;
  readonly slug: string;
  readonly enabled: boolean;
  readonly comingSoon: boolean;
  readonly iconClass: string;
  readonly iconColor: string;
  readonly description: string;
  readonly benefits: readonly Benefit[];
}

function isAvailable({ availability, flag }: Integration, context: IntegrationContext): boolean {
  if (availability !== 'flag') return availability === 'always';
  return flag !== null && context.flagIsActive(flag);
}

function toStatus(integration: Integration, context: IntegrationContext): IntegrationCard {
  const { name, slug, iconClass, iconColor, description, benefits } = integration;
  const enabled = isAvailable(integration, context);
  return { name, slug, enabled, comingSoon: !enabled, iconClass, iconColor, description, benefits };
}

/** Whether the person may connect it now. GitHub always, Google Workspace never, an unknown slug never. */
export function isIntegrationEnabled(slug: string, context: IntegrationContext): boolean {
  const integration = findIntegration(slug);
  return integration !== undefined && isAvailable(integration, context);
}

/** The status of one integration, GitHub included; nothing for an unknown slug. */
export function getIntegrationStatus(slug: string, context: IntegrationContext): IntegrationCard | undefined {
  const integration = findIntegration(slug);
  return integration === undefined ? undefined : toStatus(integration, context);
}

/** Jira, GitHub Copilot, Slack and Google Workspace as this person sees them, in the catalogue's order. */
export const getAllIntegrationStatuses = (context: IntegrationContext): IntegrationCard[] =>
  optionalIntegrations.map((integration) => toStatus(integration, context));

/** Where an integration stands on the page: connected ones first, then what can be connected, then what is to come. */
function rank({ slug, enabled }: IntegrationCard, connected: ReadonlySet<string>): number {
  if (connected.has(slug)) return 0;
  return enabled ? 1 : 2;
}

/** All integrations in the order of the page. `connected` names those that the person has connected. */
export function getPageIntegrations(
  context: IntegrationContext,
  connected: ReadonlySet<string> = new Set(),
): IntegrationCard[] {
  const statuses = allIntegrations.map((integration) => toStatus(integration, context));
  return statuses.toSorted((a, b) => rank(a, connected) - rank(b, connected));
}
