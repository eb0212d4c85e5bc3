import { preparePostgres } from './postgres';
import { prepareRedis } from './redis';

export default async function setUp(): Promise<void> {
  await preparePostgres();
  prepareRedis();
}
