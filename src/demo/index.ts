export { type DemoParts, loadDemoData } from './demo';
export { DEMO_PASSWORD, SIGN_INS } from './people';
