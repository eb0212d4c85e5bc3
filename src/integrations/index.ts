export { type Benefit, findIntegration, type Integration, optionalIntegrations } from './catalogue';
export { type RequiredVariable, requiredVariables } from './connection';
export { listInterests } from './queries';
export { integrationRoutes } from './routes';
export {
  getAllIntegrationStatuses,
  getIntegrationStatus,
  type IntegrationContext,
  type IntegrationStatus,
  isIntegrationEnabled,
} from './status';
