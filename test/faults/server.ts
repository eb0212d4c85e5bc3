import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from '../../src/lib/root';
import { until } from '../support/until';

export const SECRETS = {
  SESSION_SECRET: 'drill-session-secret-0123456789-abcdefghij',
  ENCRYPTION_KEY: 'drill-encryption-key-0123456789-abcdefghij',
};

/** The real server as a process of its own. */
export interface Server {
  readonly origin: string;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Lines of the log that say that a promise failed unnoticed, or that the process is about to end. */
  unhandled(): number;
  isRunning(): boolean;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the server and resolves as soon as it listens. */
export async function startServer(environment: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, ['dist/src/server.js'], {
    cwd: projectRoot,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      PORT: '0', // any that is free: one chosen here could be taken by the time it is used
      ...SECRETS,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  const origin = (): string => /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? '';
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  await until(
    'the server to listen',
    () => {
      if (!isRunning()) throw new Error(`the server ended:\n${printed}`);
      return origin() !== '';
    },
    60_000,
  );
  return {
    origin: origin(),
    pid: child.pid ?? 0,
    output: () => printed,
    unhandled: () => printed.match(/a promise failed that nobody waited for|UnhandledPromiseRejection/g)?.length ?? 0,
    isRunning,
    stop: async () => {
      if (!isRunning()) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
