export { apiLimits } from './limits';
export { apiRoutes } from './routes';
