// Makes a working copy ready: installs what the lockfile says, then builds what is out of date.
// It runs before `npm start`, `npm test` and the like, on a fresh clone too, so it uses nothing but Node itself.
// Ends with 1 when the packages could not be installed, with 2 when only the build failed.
//   --quiet        says nothing unless there is something to do
//   --no-install   builds only (for images, where the packages are installed in a step of their own)
//   --no-server    leaves the server unbuilt (for development, which runs the sources)
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const STAMPS = 'node_modules/.cache/flagstaff';
const LOCK = '.setup.lock';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const options = new Set(process.argv.slice(2));
const started = performance.now();

const say = (text) => console.log(`[setup] ${text}`);
const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
const text = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function fail(message, code = 1) {
  console.error(`[setup] ${message}`);
  process.exit(code);
}

function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function stamp(name, value) {
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(path.join(STAMPS, name), value);
}

const stampOf = (name) => text(path.join(STAMPS, name));

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  fail(`Node.js ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.version}.`);
}

/** Holds the lock until this process ends, so that `npm start` and `npm test` side by side do not install twice. */
function takeLock() {
  for (let waited = 0; ; waited += 1) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`This folder cannot be written to: ${error.message}`);
    }
    const holder = text(LOCK);
    if (!isRunning(holder, waited)) {
      if (text(LOCK) === holder) rmSync(LOCK, { force: true });
      continue;
    }
    if (waited === 0) say('Another setup is at work here; waiting for it to finish.');
    if (waited === 1200) say(`Still waiting for process ${holder}. If it is no setup of this project, delete ${LOCK}.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
  process.on('exit', () => rmSync(LOCK, { force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (running === undefined) process.exit(1);
      // Not before npm has ended, which takes its time: a second setup would meet it at work.
      running.once('close', () => process.exit(1));
      running.kill(signal);
      setTimeout(() => running?.kill('SIGKILL'), 2_000);
    });
  }
}

/** The program at work. */
let running;

/** Runs a program to its end; gives its output unless it is shown to people as it comes. */
async function run(program, args, { show = false, ...more } = {}) {
  const output = show ? 'inherit' : 'pipe';
  running = spawn(program, args, { stdio: ['ignore', output, output], ...more });
  let printed = '';
  for (const stream of [running.stdout, running.stderr]) {
    stream?.on('data', (chunk) => {
      printed += chunk;
    });
  }
  try {
    const [code, signal] = await once(running, 'close');
    return { ok: code === 0, ended: signal ?? code, printed: printed.trimEnd() };
  } catch (error) {
    return { ok: false, ended: error.code, printed: `${program}: ${error.message}` };
  } finally {
    running = undefined;
  }
}

function isRunning(holder, waited) {
  const pid = Number(holder);
  if (!(pid > 0)) return waited < 8; // created, but its number is not written yet
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What decides whether packages must be installed again; scripts and the like in package.json do not. */
function wantedPackages() {
  const { dependencies, devDependencies, overrides } = JSON.parse(text('package.json'));
  const { modules } = process.versions;
  const declared = JSON.stringify({ dependencies, devDependencies, overrides });
  return digest(text('package-lock.json'), declared, modules, process.platform, process.arch);
}

/** Whether what npm notes as installed is what the lockfile asks for, as after `npm install` by hand. */
function isInstalled() {
  const noted = text('node_modules/.package-lock.json');
  if (noted === '') return false;
  const { packages: locked } = JSON.parse(text('package-lock.json'));
  const { packages: installed } = JSON.parse(noted);
  for (const [place, wanted] of Object.entries(locked)) {
    if (place === '' || wanted.link) continue;
    const found = installed[place];
    if (
      found === undefined ? !wanted.optional : found.version !== wanted.version || found.integrity !== wanted.integrity
    ) {
      return false;
    }
    if (found !== undefined && !existsSync(path.join(place, 'package.json'))) return false;
  }
  return Object.keys(installed).every((place) => place in locked);
}

/** Opens a database and hashes a password in a process of their own: a wrong binary can end the process. */
function proveNativeModules() {
  const proof = `new (require('better-sqlite3'))(':memory:').prepare('select 1').get(); require('@node-rs/argon2').hashSync('x')`;
  return run(process.execPath, ['-e', proof]);
}

async function npmCi() {
  // --include=dev, because NODE_ENV=production or omit=dev must not leave out the compiler.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // The npm that started us, so that its version and settings count; else the one on the PATH.
  const own = process.env.npm_execpath;
  const viaNode = own?.endsWith('.js') === true;
  // better-sqlite3 is compiled where its ready-made binary cannot be downloaded; -O2 takes 10 s less than its -O3 and
  // the result is as fast.
  const env = { ...process.env, CFLAGS: process.env.CFLAGS ?? '-O2', CXXFLAGS: process.env.CXXFLAGS ?? '-O2' };
  const shell = !viaNode && process.platform === 'win32';
  const { ok, printed } = await run(viaNode ? process.execPath : 'npm', viaNode ? [own, ...args] : args, {
    show: true,
    env,
    shell,
  });
  if (!ok && printed !== '') console.error(printed);
  return ok;
}

async function installPackages() {
  const wanted = wantedPackages();
  if (stampOf('packages') === wanted && existsSync('node_modules/.package-lock.json')) return;
  if (isInstalled() && (await proveNativeModules()).ok) {
    stamp('packages', wanted);
    return;
  }
  say('Installing packages. The first time this takes about a minute.');
  // Twice, because an installation that was cut short can leave a folder that the next one fails to remove.
  if (!(await npmCi()) && !(await npmCi())) {
    fail(
      'The packages could not be installed; npm says why above. Without a ready-made binary for this machine, ' +
        'better-sqlite3 is compiled, which needs a C++ compiler, make and Python 3.',
    );
  }
  const proof = await proveNativeModules();
  if (!proof.ok) {
    fail(`The native packages do not work with Node.js ${process.version} (${proof.ended}).\n${proof.printed}`);
  }
  stamp('packages', wanted);
  say(`Packages installed (${seconds()}).`);
}

function filesIn(place) {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place).flatMap((name) => filesIn(path.join(place, name)));
}

/** Runs a build when one of its inputs, or a tool, changed since it last ran, or its result is gone. */
async function build({ name, inputs, except = [], result, make }) {
  const files = inputs.flatMap(filesIn).filter((file) => !except.includes(file) && !file.endsWith('.test.ts'));
  const current = digest(stampOf('packages'), ...files.sort().flatMap((file) => [file, readFileSync(file)]));
  if (existsSync(result) && stampOf(name) === current) return;
  await make();
  stamp(name, current);
  say(`Built ${name} (${seconds()}).`);
}

async function node(what, file, ...args) {
  const { ok, printed } = await run(process.execPath, [path.join('node_modules', file), ...args]);
  if (!ok) fail(`Building ${what} failed.\n${printed}`, 2);
}

async function compile() {
  // Into a folder of its own and then into place, so that a running server never meets half of it.
  const fresh = `dist.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
  await node('the server', 'typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh);
  const old = `${fresh}.old`;
  if (existsSync('dist')) renameSync('dist', old);
  renameSync(fresh, 'dist');
  rmSync(old, { recursive: true, force: true });
}

function buildStyles() {
  const tailwind = '@tailwindcss/cli/dist/index.mjs';
  return node('the style sheet', tailwind, '--input', 'src/styles/app.css', '--output', 'public/app.css', '--minify');
}

checkNode();
takeLock();
if (!options.has('--no-install')) await installPackages();
if (!options.has('--no-server')) {
  await build({
    name: 'server',
    inputs: ['src', 'migrations', 'seeds', 'knexfile.ts', 'tsconfig.json', 'tsconfig.build.json'],
    result: 'dist/src/server.js',
    make: compile,
  });
}
await build({
  name: 'styles',
  inputs: ['src', 'views', 'partials', 'public'],
  except: [path.join('public', 'app.css')],
  result: 'public/app.css',
  make: buildStyles,
});
if (!options.has('--quiet')) say(`Ready (${seconds()}).`);
