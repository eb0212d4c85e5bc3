export { type AppPassport, createPassport } from './passport';
export { hashPassword } from './passwords';
export { findAccount, findAccountByEmail, findViewer, insertAccount, normalizeEmail } from './queries';
export { authRoutes } from './routes';
export { sessions } from './sessions';
