import { prepareBuild } from './build';
import { prepareRedis } from './redis';
import { prepareSqlite } from './sqlite';

export default async function setUp(): Promise<void> {
  prepareBuild();
  await prepareSqlite();
  prepareRedis();
}
