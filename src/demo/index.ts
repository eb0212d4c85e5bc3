export { type DemoParts, demoSignIns, loadDemoData } from './demo';
export { DEMO_PASSWORD, type DemoPerson, SIGN_INS } from './people';
