export { allIntegrations, type Benefit, findIntegration, type Integration, optionalIntegrations } from './catalogue';
export { type RequiredVariable, requiredVariables } from './connection';
export { type ConnectionListener, type Connections, createConnections, useConnection } from './connections';
export { ConnectionUnusable, ProviderAuthError } from './problems';
export { addressOf, findProvider, type Provider, providers, registrationOf } from './providers';
export { listInterests } from './queries';
export { type Connection, findConnection, listConnections } from './queries-connections';
export { integrationRoutes } from './routes';
export { sealedColumns } from './sealed';
export {
  getAllIntegrationStatuses,
  getIntegrationStatus,
  type IntegrationContext,
  type IntegrationStatus,
  isIntegrationEnabled,
} from './status';
