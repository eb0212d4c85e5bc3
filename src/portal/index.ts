export { memberOf, ofProducer } from './member';
export { NAVIGATION, type NavigationItem, navigationFor } from './navigation';
export { portalNotFound, portalRoutes } from './routes';
export { PortalStreams, STREAM_LIMITS, type StreamLimits } from './streams';
