export { flagIsActive, sampleIsActive, switchIsActive } from './ask';
export { declareFlags, whyFlagStays } from './declared';
export { type Describable, describeFlag, type FlagTest, type Tested, testFlag } from './describe';
export type { Decision, Gate, Person } from './evaluate';
export { type AskOptions, Flags } from './flags';
export { type GuardOptions, requireFlag, requireSwitch } from './guards';
export {
  bumpFlags,
  createFlag,
  createSample,
  createSwitch,
  deleteByName,
  type FlagParts,
  type Names,
  setEveryone,
  setSample,
  setSwitch,
  updateFlag,
} from './operations';
export { findFlag, findGroupIds, findUserIds, listFlags, listSamples, listSwitches } from './queries';
export { teamsRoutes } from './routes';
export { addFlagTags, flagLocals } from './tags';
export { type Flag, type FlagSettings, isName, type Kind, NEW_FLAG, type Sample, type Switch } from './types';
