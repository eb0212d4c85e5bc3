import type { IntegrationStatus } from './policy';
import type { IntegrationStatusService, StatusUser } from './readiness';
import { getPageIntegrations, type IntegrationCard, type IntegrationContext } from './status';

/** What the page of integrations shows of one of them. */
export interface PageCard {
  readonly integration: IntegrationCard;
  readonly interested: boolean;
  /** Only of what the person may connect. */
  readonly status: IntegrationStatus | undefined;
  /** The name of the connected account at the provider; also while the integration is off for the person. */
  readonly account: string | undefined;
}

/** What is known of a person beside what their flags say. */
export interface PersonFacts {
  readonly interested: ReadonlySet<string>;
  readonly statuses: ReadonlyMap<string, IntegrationStatus>;
  /** Names of connected accounts, by provider. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** The statuses of all that is enabled for a person, with one look at most. */
export function enabledStatuses(
  service: IntegrationStatusService,
  user: StatusUser,
  isEnabled: (slug: string) => boolean,
): Promise<Map<string, IntegrationStatus>> {
  return service.assessAll(user, service.providers.filter(isEnabled));
}

/** The cards in the order of the page: connected ones first, then what can be connected, then what is to come. */
export function pageCards(context: IntegrationContext, { interested, statuses, accounts }: PersonFacts): PageCard[] {
  return getPageIntegrations(context, new Set(accounts.keys())).map((integration) => ({
    integration,
    interested: interested.has(integration.slug),
    status: statuses.get(integration.slug),
    account: accounts.get(integration.slug),
  }));
}
