import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, ping } from '../db';
import { anyone, Routes } from './routes';

interface Health {
  db: Database;
}

const READY_WITHIN_MS = 2_000;

/** `/healthz`: the process answers. `/readyz`: it can reach its database, so traffic may come. No details for strangers. */
export function healthRoutes({ db }: Health): Routes {
  const routes = new Routes();
  routes.get('/healthz', anyone, (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  routes.get('/readyz', anyone, async (_req, res) => {
    const answers = await Promise.race([
      ping(db).then(
        () => true,
        () => false,
      ),
      sleep(READY_WITHIN_MS, false, { ref: false }),
    ]);
    res
      .status(answers ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ status: answers ? 'ok' : 'degraded' });
  });
  return routes;
}
