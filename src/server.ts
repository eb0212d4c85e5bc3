import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from './app';
import { setupInvitation } from './auth';
import { type Config, ConfigError, loadConfig } from './config';
import { isOutage, migrateLatest, ping } from './db';
import { DEMO_PASSWORD, demoSignIns, loadDemoData } from './demo';
import { TimeLimitError, withTimeLimit } from './lib/time-limit';
import { createServices, type Services } from './services';
import { ListenError, type Listening, listen } from './web/listen';

/** How long requests may take to finish once the process was asked to stop. */
const FINISH_MS = 10_000;
/** How long the database may take to answer at start before the rest goes on without it. */
const ANSWER_MS = 1_000;
/** The pauses between tries to reach the database at start. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** How long all of the stop may take before the process ends itself. */
const STOP_MS = 20_000;

/** The address to print: what people use, with the port that was really opened when any would do. */
const addressOf = ({ baseUrl, port }: Config, listening: Listening): string =>
  port === 0 ? baseUrl.replace(/:0$/, `:${listening.port}`) : baseUrl;

/** What a person reads who has just started the server. */
async function greeting(services: Services, address: string): Promise<string> {
  const lines = [`Flagstaff is running at ${address}`];
  const signIns = await demoSignIns(services);
  if (signIns.length > 0) {
    const width = Math.max(...signIns.map(({ email }) => email.length));
    lines.push('', `Sign in with one of these; the password of all is ${DEMO_PASSWORD}`);
    lines.push(...signIns.map(({ email, note }) => `  ${email.padEnd(width)}  ${note}`));
    lines.push('', `Staff begin at ${address}/admin/`);
  }
  const invitation = await setupInvitation(services, address);
  if (invitation !== undefined) lines.push('', invitation);
  return `\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n`;
}

/**
 * Stops on SIGTERM and SIGINT: requests and jobs finish, the database is closed, exit code 0. A second signal ends at once.
 * The function that is returned tells whether it was asked to.
 */
function stopOnSignals(services: Services, listening: Listening): () => boolean {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    services.log.info({ signal, requests: listening.busy() }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS).unref();
    const [complete] = await Promise.all([listening.close(FINISH_MS), services.jobs.stop()]);
    await services.stop();
    services.log.info({ complete }, 'stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        services.log.error({ err: error }, 'the stop was not orderly');
        process.exit(1);
      });
    });
  }
  return () => stopping;
}

/** Brings the database up to date. False when it does not answer; any other fault is thrown. */
async function prepare(services: Services): Promise<boolean> {
  try {
    await withTimeLimit(ANSWER_MS, ping(services.db)); // one that hangs is found out soon, not by a migration
    await migrateLatest(services.db);
    if (services.config.demoData) await loadDemoData(services);
    return true;
  } catch (error) {
    if (!isOutage(error) && !(error instanceof TimeLimitError)) throw error;
    services.log.warn({ err: error }, 'the database does not answer; it is tried again');
    return false;
  }
}

/** Tries until the database answers or the server stops; processes that wait for the same one do not come all at once. */
async function prepareLater(services: Services, isStopping: () => boolean): Promise<boolean> {
  for (let tries = 0; ; tries += 1) {
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2));
    if (isStopping()) return false;
    try {
      if (await prepare(services)) return true;
    } catch (error) {
      if (isStopping()) return false;
      throw error;
    }
  }
}

/** Said instead of the greeting while there is no database. */
const waiting = (address: string): string => `
  Flagstaff is listening at ${address}, and its database does not answer.
  Flags are answered from what was kept last, or else by their defaults. Everything else waits: the database is tried
  again until it answers, and the log says why it does not. ${address}/readyz tells how it stands.
`;

async function main(): Promise<void> {
  process.umask(0o077); // the database, its journals and mail are nobody else's to read
  const config = loadConfig(process.env);
  const services = createServices(config);
  const { log } = services;
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise failed that nobody waited for'));
  if (process.getuid?.() === 0 && config.env === 'production') log.warn('running as root, which nothing here needs');
  try {
    const isPrepared = await prepare(services);
    await (isPrepared ? services : services.snapshots).start();
    const listening = await listen(createApp(services), config.host, config.port);
    const isStopping = stopOnSignals(services, listening);
    const address = addressOf(config, listening);
    if (!isPrepared) {
      console.log(waiting(address));
      if (!(await prepareLater(services, isStopping))) return;
      await services.start();
    }
    console.log(await greeting(services, address).catch(() => `\n  Flagstaff is running at ${address}\n`));
  } catch (error) {
    await services.stop().catch(() => undefined);
    throw error;
  }
}

/** What to print when there is no server: a sentence where we know what to do about it. */
function explain(error: unknown): unknown {
  if (error instanceof ConfigError || error instanceof ListenError) return error.message;
  return error;
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});
