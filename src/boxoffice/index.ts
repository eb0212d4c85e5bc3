export { boxOfficeRoutes } from './routes';
export { canPublish } from './shows';
