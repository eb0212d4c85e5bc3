// `npm run dev`: the server from its sources, started again on each change, and the style sheet rebuilt beside it.
// Templates are read afresh for every page in development, so a change there needs no restart.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './parent.mjs';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));

const programs = [
  [
    'tsx',
    'node_modules/tsx/dist/cli.mjs',
    'watch',
    '--clear-screen=false',
    '--include=migrations/*.ts',
    'src/server.ts',
  ],
  [
    'tailwindcss',
    'node_modules/@tailwindcss/cli/dist/index.mjs',
    '--input',
    'src/styles/app.css',
    '--output',
    'public/app.css',
    '--minify',
    '--watch=always',
  ],
];

let ending = false;
let running = programs.length;

function end(signal) {
  if (ending) return;
  ending = true;
  for (const child of children) child.kill(signal);
  // The server may take ten seconds to finish its requests; after that nobody is waiting for an answer.
  setTimeout(() => {
    for (const child of children) child.kill('SIGKILL');
  }, 12_000).unref();
}

const children = programs.map(([name, ...args]) => {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'development' },
  });
  child.on('exit', (code, signal) => {
    running -= 1;
    if (!ending) {
      console.error(`[dev] ${name} ended (${signal ?? code}); stopping.`);
      process.exitCode = 1;
      end('SIGTERM');
    }
    if (running === 0) process.exit();
  });
  return child;
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
endWithParent(() => end('SIGTERM'));
