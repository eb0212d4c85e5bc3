import { createServer } from 'node:http';
import { createApp } from './app';
import { ConfigError, loadConfig } from './config';
import { migrateLatest } from './db';
import { createServices } from './services';

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const services = createServices(config);
  await migrateLatest(services.db);
  await services.start();
  const server = createServer(
    { headersTimeout: 15_000, requestTimeout: 60_000, connectionsCheckingInterval: 5_000 },
    createApp(services),
  );
  server.listen(config.port, config.host, () => {
    console.log(`Flagstaff is running at ${config.baseUrl}`);
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
});
