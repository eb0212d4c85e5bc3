export { supportAdminRoutes } from './admin-routes';
export { supportRoutes } from './routes';
