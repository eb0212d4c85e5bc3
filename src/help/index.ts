export { helpRoutes } from './routes';
export { helpTopicFor } from './topics';
