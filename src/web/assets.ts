import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import express, { type RequestHandler } from 'express';
import { projectRoot } from '../lib/root';

/** Where each file that pages load comes from; nothing is ever loaded from another host. */
const MOUNTS: readonly { at: string; folder: string; only?: RegExp }[] = [
  { at: '', folder: path.join(projectRoot, 'public') },
  { at: '', folder: path.dirname(require.resolve('htmx.org')), only: /^\/htmx\.min\.js$/ },
  { at: '', folder: path.join(path.dirname(require.resolve('htmx.org')), 'ext'), only: /^\/hx-sse\.min\.js$/ },
  { at: '/fa', folder: fontAwesome(), only: /^\/(css|webfonts)\// },
];

function fontAwesome(): string {
  return path.dirname(require.resolve('@fortawesome/fontawesome-free/package.json'));
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const folder = path.join(projectRoot, 'public');
  for (const file of readdirSync(folder).sort()) {
    const full = path.join(folder, file);
    if (statSync(full).isFile()) hash.update(file).update(readFileSync(full));
  }
  for (const name of ['htmx.org', '@fortawesome/fontawesome-free']) hash.update(readFileSync(require.resolve(name)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Static files under an address that changes with their content, so that browsers keep them for a year.
 * `url('app.css')` gives the address; `handler` serves it.
 */
export function createAssets(options: { reload: boolean }): { url(name: string): string; handler: RequestHandler } {
  const version = options.reload ? 'dev' : fingerprint();
  const prefix = `/static/${version}`;
  const serve = express.Router({ strict: true });
  for (const { at, folder, only } of MOUNTS) {
    const files = express.static(folder, {
      index: false,
      redirect: false,
      dotfiles: 'ignore',
      immutable: !options.reload,
      maxAge: options.reload ? 0 : '1y',
    });
    serve.use(`${prefix}${at}`, (req, res, next) => {
      if (only !== undefined && !only.test(req.path)) return next();
      files(req, res, next);
    });
  }
  return { url: (name) => `${prefix}/${name}`, handler: serve };
}
