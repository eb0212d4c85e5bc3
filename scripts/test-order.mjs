// In which order jest runs the test files: those that take longest first, so that no worker is left alone with one in the
// end. How long each took last time is kept on the machine; where it never ran, as after a fresh checkout, this guesses.
import Sequencer from '@jest/test-sequencer';

/** Seconds by where a file is. Its size, which jest goes by, says nothing: the tests of all screens are a few lines. */
const GUESSES = [
  [/\/e2e\/screens-admin/, 120],
  [/\/e2e\/journeys-admin/, 80],
  [/\/e2e\/(screens|journeys)/, 50],
  [/\/test\/security\/(forms|injection|matrix|parameters|reads)/, 45],
  [/\/e2e\//, 20],
  [/\/test\/security\//, 15],
  // These mostly wait, which costs nothing beside others that do not.
  [
    /\/src\/(assistant\/assistant|auth\/throttle|jobs\/jobs|mail\/mail|portal\/streams|server|snapshots\/redis)\.test/,
    15,
  ],
  [/./, 2],
];

export default class LongestFirst extends Sequencer {
  time(test) {
    return super.time(test) ?? 1000 * GUESSES.find(([place]) => place.test(test.path))[1];
  }
}
