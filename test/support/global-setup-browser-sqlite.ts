import { prepareChromium } from './chromium';
import { prepareSqlite } from './sqlite';

export default async function setUp(): Promise<void> {
  await prepareSqlite();
  await prepareChromium();
}
