import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.cjs';
import { getRunVariable, note, setRunVariable } from './run-state';
import { until } from './until';

const NAMES = ['redis-server', 'valkey-server'];
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Finds a Redis server, installing one if there is none and that can be done, or notes why there is none. Once per run. */
export function prepareRedis(): void {
  if (getRunVariable('FLAGSTAFF_TEST_REDIS') ?? getRunVariable('FLAGSTAFF_TEST_REDIS_MISSING')) return;
  const given = process.env.REDIS_SERVER_PATH;
  const program = given ? describeServer(given) : (findInstalled() ?? install());
  if (program === undefined) {
    const text = given
      ? `Redis tests: REDIS_SERVER_PATH is ${given}, which does not run`
      : 'Redis tests: no redis-server found, and none could be installed. Install Redis or set REDIS_SERVER_PATH.';
    setRunVariable('FLAGSTAFF_TEST_REDIS_MISSING', text);
    note('skipped', text);
    return;
  }
  setRunVariable('FLAGSTAFF_TEST_REDIS', program.file);
  note('used', `${program.version} (${program.file})`);
}

interface Program {
  file: string;
  version: string;
}

function describeServer(file: string): Program | undefined {
  if (!existsSync(file)) return undefined;
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 15_000 });
  const [, name, version] = /^(\w+) server v=([\d.]+)/i.exec(result.stdout ?? '') ?? [];
  return result.status === 0 && version !== undefined ? { file, version: `${name} ${version}` } : undefined;
}

function findInstalled(): Program | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute), ...FOLDERS];
  for (const file of new Set(folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))))) {
    const found = describeServer(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

function install(): Program | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  process.stderr.write('No redis-server found: installing it with apt-get.\n');
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      stdio: ['ignore', 2, 2],
      timeout: 300_000,
      // The run level keeps the package from starting a server of its own.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  apt('update');
  apt('install', '-y', '--no-install-recommends', 'redis-server');
  return findInstalled();
}

/** `describe`, or where there is no Redis server `describe.skip`. */
export const describeWithRedis = (): jest.Describe =>
  getRunVariable('FLAGSTAFF_TEST_REDIS') === undefined ? describe.skip : describe;

/** A Redis server of one test file's own. It keeps nothing on disk and ends with the tests, however these end. */
export interface RedisServer {
  readonly url: string;
  /** Stops it from answering, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it; what it kept is gone. */
  stop(): Promise<void>;
  /** Begins again on the same port, empty. */
  restart(): Promise<void>;
}

// The server ends when our end of its standard input closes, which it also does when this process is killed.
const UNTIL_INPUT_ENDS =
  '"$@" >/dev/null 2>&1 & server=$!; echo $server; cat >/dev/null; kill -CONT $server; kill $server';

/** Starts a Redis server on a free port of this machine. */
export async function startRedis(program = getRunVariable('FLAGSTAFF_TEST_REDIS') ?? ''): Promise<RedisServer> {
  const port = await freePort();
  let running = await run(program, port);
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => process.kill(running.pid, 'SIGSTOP'),
    resume: () => process.kill(running.pid, 'SIGCONT'),
    stop: () => running.end(),
    restart: async () => {
      running = await run(program, port);
    },
  };
}

async function run(program: string, port: number): Promise<{ pid: number; end(): Promise<void> }> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const shell = spawn('sh', ['-c', UNTIL_INPUT_ENDS, 'sh', program, ...settings], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(shell, 'exit');
  const [line] = (await once(createInterface({ input: shell.stdout }), 'line')) as [string];
  await until('Redis to take connections', () => accepts(port));
  return {
    pid: Number(line),
    end: async () => {
      shell.stdin.end();
      await ended;
      await until('Redis to end', async () => !(await accepts(port)));
    },
  };
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
