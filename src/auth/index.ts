export {
  type AccountParts,
  addUser,
  assertSuperuserRemains,
  createUser,
  endAllSessions,
  type NewUser,
  setPassword,
  settleUserChange,
  validatePassword,
} from './accounts';
export { bearerTokens, forBrowsers } from './bearer';
export { cleanUp, createCleaner } from './clean-up';
export { type AppPassport, createPassport } from './passport';
export { hashPassword } from './passwords';
export { type Account, findAccount, findAccountByEmail, findViewer, insertAccount, normalizeEmail } from './queries';
export { accountNames } from './queries-names';
export { listLiveSessions } from './queries-sessions';
export { auditRefusals } from './refusals';
export { authRoutes } from './routes';
export { hashSessionId } from './session-store';
export { sessions } from './sessions';
export { setupInvitation, setupIsOpen } from './setup';
export { addressBlock } from './throttle';
