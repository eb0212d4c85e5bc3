export { allIntegrations, type Benefit, findIntegration, type Integration, optionalIntegrations } from './catalogue';
export { type RequiredVariable, requiredVariables } from './connection';
export { type ConnectionListener, type Connections, createConnections, useConnection } from './connections';
export { createIntegrationStatuses } from './create-statuses';
export { addCtaFilter, integrationLocals } from './cta';
export type { IntegrationStatus } from './policy';
export { ConnectionUnusable, ProviderAuthError } from './problems';
export { addressOf, findProvider, type Provider, providers, registrationOf } from './providers';
export { listInterests } from './queries';
export { accountNames, type Connection, findConnection, holdConnection, listConnections } from './queries-connections';
export { IntegrationStatusService } from './readiness';
export { integrationRoutes } from './routes';
export { sealedColumns } from './sealed';
export {
  getAllIntegrationStatuses,
  getIntegrationStatus,
  type IntegrationCard,
  type IntegrationContext,
  isIntegrationEnabled,
} from './status';
