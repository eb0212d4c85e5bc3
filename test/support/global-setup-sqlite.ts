import { prepareRedis } from './redis';
import { prepareSqlite } from './sqlite';

export default async function setUp(): Promise<void> {
  await prepareSqlite();
  prepareRedis();
}
