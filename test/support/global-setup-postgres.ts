import { prepareBuild } from './build';
import { preparePostgres } from './postgres';
import { prepareRedis } from './redis';

export default async function setUp(): Promise<void> {
  prepareBuild();
  await preparePostgres();
  prepareRedis();
}
