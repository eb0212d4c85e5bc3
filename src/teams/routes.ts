import type { Services } from '../services';
import { anyone, Routes } from '../web/routes';
import { waffleScript, waffleStatus } from './waffle-js';

/** What django-waffle offers to scripts: how all flags stand for whoever asks, as JSON and as JavaScript. Never cached. */
export function teamsRoutes({ flags, config }: Pick<Services, 'flags' | 'config'>): Routes {
  const routes = new Routes();
  routes.get('/waffle_status', anyone, (req, res) => {
    res.set('Cache-Control', 'no-store').json(waffleStatus(flags, req));
  });
  routes.get('/wafflejs', anyone, (req, res) => {
    const { flagDefault, switchDefault, sampleDefault } = config.waffle;
    const defaults = { flag: flagDefault, switch: switchDefault, sample: sampleDefault };
    res
      .set('Cache-Control', 'no-store')
      .type('js')
      .send(waffleScript(waffleStatus(flags, req), defaults));
  });
  return routes;
}
