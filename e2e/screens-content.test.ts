import { setFeatures } from '../test/support/features';
import { inBrowser } from './support/in-browser';
import { screenTests } from './support/look-at';
import { contentAdminScreens, contentScreens, emptyContentScreens, fillContent } from './support/screens-content';

describe('every screen of the knowledge base, the assistant, services and support', () => {
  const browser = inBrowser();
  const { open, lookAt } = screenTests(browser);

  describe('with nothing in it', () => {
    beforeAll(async () => {
      const features = ['knowledgeBaseEnabled', 'aiAgentsEnabled', 'additionalServicesEnabled'] as const;
      await setFeatures(browser().db, 'arizona-comedy', features);
      await open({ as: 'alice' });
    });
    lookAt(emptyContentScreens);
  });

  describe('in use', () => {
    beforeAll(async () => {
      await fillContent(browser());
      await open({ as: 'alice' });
    });
    lookAt(contentScreens);
  });

  describe('for staff', () => {
    beforeAll(() => open({ as: 'sam' }));
    lookAt(contentAdminScreens);
  });
});
