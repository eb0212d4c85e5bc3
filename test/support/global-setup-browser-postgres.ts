import { prepareChromium } from './chromium';
import { preparePostgres } from './postgres';

export default async function setUp(): Promise<void> {
  await preparePostgres();
  await prepareChromium();
}
