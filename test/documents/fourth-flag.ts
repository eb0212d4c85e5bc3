import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';
import { scratchDirectory } from '../support/run-state';

// docs/guides/adding-a-producer-flag.md, done: its two pieces of code in a copy of the product.

/** What the copy is asked, and answers as JSON. */
const PROBE = `
import { createApp } from './src/app';
import { loadConfig } from './src/config';
import { migrateLatest } from './src/db';
import { type FeatureFlagKey, type FeatureFlags, hasFeature } from './src/producers';
import { createServices } from './src/services';
import { addPeople } from './test/support/people';
import { Visitor } from './test/support/test-app';

const key: FeatureFlagKey = 'ticketScannerEnabled';
const has = (flags: FeatureFlags): boolean => flags.ticketScannerEnabled && hasFeature(flags, key);
const misspelt: 'ticketScanerEnabled' extends FeatureFlagKey ? true : false = false;

async function main(): Promise<void> {
  const services = createServices(loadConfig(process.env));
  await migrateLatest(services.db);
  await addPeople(services.db, new Date());
  await services.start();
  const app = createApp(services);
  const [sam, alice] = [new Visitor(app), new Visitor(app)];
  await sam.signIn('sam@example.com');
  await alice.signIn('alice@example.com');
  const { id } = await services.db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
  const url = \`/admin/producers/producer/\${id}/\`;
  const me = async () => (await alice.get('/api/v1/producers/me/')).body.feature_flags;
  const portal = async () => (await alice.get('/dashboard/overview')).text.includes('href="/dashboard/scanner');
  const said: Record<string, unknown> = { compiles: [has.length, misspelt] };
  said.before = { api: await me(), navigation: await portal() };
  said.page = (await sam.get(url + 'change/')).text;
  said.list = (await sam.get('/admin/producers/producer/?ticket_scanner_enabled__exact=0')).text;
  said.flags = (await sam.get('/admin/producers/featureflags/?ticket_scanner_enabled__exact=0')).text;
  said.switched = (await sam.htmxPost(url + 'flags/', { field: 'ticket_scanner_enabled', ticket_scanner_enabled: 'on' })).text;
  said.on = { api: await me(), navigation: await portal() };
  const all = { _action: 'disable_ticket_scanner', _ids: String(id) };
  said.action = (await sam.post('/admin/producers/producer/action/', all)).status;
  said.off = { api: await me(), navigation: await portal() };
  services.featureUse.count(id, key);
  said.use = (await sam.get('/admin/producers/usage/')).text;
  await services.stop();
  process.stdout.write(JSON.stringify(said));
}

main().catch((error: unknown) => {
  process.stderr.write(String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
});
`;

/** The pieces of code of a guide, by the file that their first line names. */
export async function piecesOf(guide: string): Promise<Map<string, string>> {
  const text = await readFile(path.join(projectRoot, guide), 'utf8');
  const pieces = [...text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)];
  return new Map(pieces.map(([, file = '', code = '']) => [file, code]));
}

/** A copy of the product with the pieces in it, and a `probe.ts` that asks it; returns its folder. */
export async function copyWith(pieces: Map<string, string>): Promise<string> {
  const copy = await mkdtemp(path.join(scratchDirectory(), 'fourth-flag-'));
  for (const folder of ['src', 'migrations', 'test/support'])
    await cp(path.join(projectRoot, folder), path.join(copy, folder), { recursive: true });
  for (const name of ['node_modules', 'views', 'partials', 'public', 'docs', 'package.json', 'tsconfig.json'])
    await symlink(path.join(projectRoot, name), path.join(copy, name));
  for (const [file, code] of pieces) {
    const target = path.join(copy, file);
    if (file.startsWith('migrations/')) await writeFile(target, code);
    else {
      const text = await readFile(target, 'utf8');
      await writeFile(
        target,
        text.replace('} as const satisfies Record<string, ProducerFeature>;', (end) => code + end),
      );
    }
  }
  await writeFile(path.join(copy, 'probe.ts'), PROBE);
  const include = ['src/producers', 'src/portal', 'src/api', 'test/support/globals.d.ts', 'probe.ts'];
  await writeFile(
    path.join(copy, 'tsconfig.probe.json'),
    JSON.stringify({ extends: './tsconfig.json', include, exclude: ['**/*.test.ts'] }),
  );
  return copy;
}
