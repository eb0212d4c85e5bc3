import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, ping } from '../db';
import { anyone, Routes } from './routes';

interface Health {
  readonly db: Database;
  readonly snapshots: {
    /** Whether flags can be answered at all, and whether what they are answered from may be old. */
    state(): { readonly ready: boolean; readonly stale: boolean };
  };
}

const READY_WITHIN_MS = 2_000;
const TRY_AGAIN_S = 5;

/**
 * `/healthz`: the process answers. `/readyz`: it has flags to answer from, so traffic may come; 503 while it has none. A
 * database that is away does not make it unready, because no other process would do better: it says degraded, and stale
 * when flags cannot be renewed. No details for strangers.
 */
export function healthRoutes({ db, snapshots }: Health): Routes {
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
    const { ready, stale } = snapshots.state();
    res.set('Cache-Control', 'no-store');
    if (!ready) {
      res.status(503).set('Retry-After', String(TRY_AGAIN_S)).json({ status: 'degraded', snapshots: 'missing' });
      return;
    }
    const status = answers && !stale ? 'ok' : 'degraded';
    res.json(stale ? { status, snapshots: 'stale' } : { status });
  });
  return routes;
}
