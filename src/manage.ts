import { CommanderError } from 'commander';
import pino from 'pino';
import { checkAdmin, readColumns } from './admin';
import { createAdminSite } from './admin-site';
import {
  type CommandContext,
  CommandError,
  caution,
  createProgram,
  fault,
  registerCheck,
  type Terminal,
} from './commands';
import { findings } from './conditions';
import { type Config, ConfigError, loadConfig } from './config';
import { isOutage } from './db';
import { HttpError } from './lib/http-error';
import { createServices, type Services } from './services';

registerCheck('admin', async ({ services }) => {
  const found = checkAdmin(createAdminSite(services), await readColumns(services.db));
  return found.map(({ id, message, hint }) => fault(id, message, hint));
});

registerCheck('flags', async ({ services: { db, conditionFlags } }) => {
  await conditionFlags.load();
  const found = await findings(db, conditionFlags);
  return found.map(({ id, message, hint }) => (id.includes('.W') ? caution : fault)(id, message, hint));
});

interface Surroundings extends Partial<Terminal> {
  environment?: NodeJS.ProcessEnv;
  /** Used instead of services of the command's own, and left open. */
  services?: Services;
}

/** A mistake as a sentence for the person at the terminal, and the exit code that goes with it. */
function explain(error: unknown, environment: NodeJS.ProcessEnv): { text: string; code: number } {
  if (error instanceof CommandError) return { text: error.message, code: error.exitCode };
  if (error instanceof ConfigError || error instanceof HttpError) return { text: error.message, code: 1 };
  const message = error instanceof Error ? error.message : String(error);
  if (isOutage(error)) return { text: `The database does not answer or is locked: ${message}`, code: 1 };
  if (/no such (table|column)|(relation|column) .* does not exist/.test(message)) {
    return { text: 'The database is not up to date. Run: npm run manage -- migrate', code: 1 };
  }
  const detail = environment.LOG_LEVEL === 'debug' && error instanceof Error ? error.stack : undefined;
  return { text: detail ?? `Something unexpected happened: ${message}\nSet LOG_LEVEL=debug to see where.`, code: 1 };
}

/**
 * Runs one command, as in `runManage(['flag', '--list'])`, and gives its exit code: 0 done, 1 not done or findings,
 * 2 not understood. Never throws and never ends the process.
 */
export async function runManage(argv: readonly string[], surroundings: Surroundings = {}): Promise<number> {
  const { stdin = process.stdin, stdout = process.stdout, stderr = process.stderr } = surroundings;
  const { environment = process.env } = surroundings;
  let own: Services | undefined;
  let config: Config | undefined;
  let exitCode = 0;
  const context: CommandContext = {
    stdin,
    stdout,
    stderr,
    environment,
    config: () => surroundings.services?.config ?? (config ??= loadConfig(environment)),
    services: () => {
      if (surroundings.services !== undefined) return surroundings.services;
      own ??= createServices(context.config(), { log: pino({ level: 'error' }, stderr) });
      return own;
    },
    say: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    failWith: (code) => {
      exitCode = code;
    },
  };
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said so itself
    const { text, code } = explain(error, environment);
    context.note(text);
    return code;
  } finally {
    await own?.stop();
  }
}

if (require.main === module) {
  void runManage(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
