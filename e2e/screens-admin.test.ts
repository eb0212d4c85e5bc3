import { inBrowser, signInThrough } from './support/in-browser';
import { screenTests } from './support/look-at';
import { fillTables, POWERLESS } from './support/screen-data';
import {
  conditionScreens,
  emptyScreens,
  formScreens,
  listScreens,
  producerScreens,
  tooLateToUndo,
  viewerScreens,
} from './support/screens-admin';

describe('every screen of the admin, at three widths, light and dark', () => {
  const browser = inBrowser();
  const { open, lookAt } = screenTests(browser);

  describe('with nothing in it', () => {
    beforeAll(() => open({ as: 'sam' }));
    lookAt(emptyScreens);
  });

  describe('in use', () => {
    beforeAll(async () => {
      await fillTables(browser());
      await open({ as: 'sam' });
    });
    lookAt(listScreens);
    lookAt(formScreens);
    lookAt(producerScreens);
    lookAt(conditionScreens);
    lookAt([tooLateToUndo]);
  });

  describe('for somebody who may look', () => {
    beforeAll(() => open({ as: 'vera' }));
    lookAt(viewerScreens);
  });

  describe('for somebody who may do nothing', () => {
    beforeAll(async () => signInThrough(await open(), POWERLESS));
    lookAt([['admin index without permissions', '/admin/']]);
  });
});
