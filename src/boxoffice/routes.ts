import type { Services } from '../services';
import { Routes } from '../web/routes';
import { orderRoutes } from './routes-orders';
import { overviewRoutes } from './routes-overview';
import { showRoutes } from './routes-shows';

/** What producers do in their portal: the overview, shows, orders and finances. */
export const boxOfficeRoutes = (services: Services): Routes =>
  new Routes().mount(overviewRoutes(services)).mount(showRoutes(services)).mount(orderRoutes(services));
