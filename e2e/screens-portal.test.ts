import { inBrowser } from './support/in-browser';
import { screenTests } from './support/look-at';
import { fillPortal } from './support/portal-data';
import { emptyPortalScreens, portalScreens, portalViewerScreens } from './support/screens-portal';

describe('every screen of the portal, at three widths, light and dark', () => {
  const browser = inBrowser();
  const { open, lookAt } = screenTests(browser);

  describe('while nothing was done yet', () => {
    beforeAll(() => open({ as: 'alice' }));
    lookAt(emptyPortalScreens);
  });

  describe('at work', () => {
    beforeAll(async () => {
      const { db, ids, clock } = browser();
      await fillPortal(browser());
      const { id } = await db('producers_producer').where({ slug: 'phoenix-jazz' }).first('id');
      const place = { producer_id: id, user_id: ids.alice, role: 'viewer', created_at: clock.now().toISOString() };
      await db('producers_userproducer').insert(place);
      await open({ as: 'alice' });
    });
    lookAt(portalScreens);
  });

  describe('for somebody who may only look', () => {
    beforeAll(async () => {
      await browser().db('producers_userproducer').update({ role: 'viewer' });
      await open({ as: 'alice' });
    });
    lookAt(portalViewerScreens);
  });
});
