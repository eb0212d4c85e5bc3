import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/lib/root';
import { listen } from '../../src/web/listen';
import { scratchDirectory } from '../support/run-state';
import { testApp } from '../support/test-app';

const DOCUMENT = readFileSync(path.join(projectRoot, 'docs/reference/producers-api.md'), 'utf8');
const BREAK = '----- the next example -----';

interface Example {
  readonly commands: string;
  /** What the document says comes of them; undefined when they only set something. */
  readonly answer: unknown;
}

/** Each block of commands, with the block of JSON behind it. */
const examples: Example[] = [...DOCUMENT.matchAll(/```sh\n([\s\S]*?)```(?:\s*```json\n([\s\S]*?)```)?/g)].map(
  ([, commands = '', answer]) => ({ commands, answer: answer === undefined ? undefined : JSON.parse(answer) }),
);

/** What kind of value stands where: the document's tokens and times are not those of the run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]));
}

const hasCurl = spawnSync('bash', ['-c', 'curl --version']).status === 0;

describe('docs/reference/producers-api.md', () => {
  it('shows what comes of its examples', async () => {
    expect(examples.length).toBeGreaterThan(7);
    if (!hasCurl) return; // where there is no curl there is nobody to try them
    const t = await testApp();
    await t.db('producers_featureflags').update({ knowledge_base_enabled: true });
    const listening = await listen(t.app, '127.0.0.1', 0);
    const script = examples
      .map(({ commands }) => commands.replaceAll('http://localhost:3000', `http://localhost:${listening.port}`))
      .join(`\necho; echo '${BREAK}'\n`);
    const cwd = mkdtempSync(path.join(scratchDirectory(), 'curl-'));
    const env = { PATH: process.env.PATH, no_proxy: '*' };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd, env });
    const answers = stdout.split(BREAK).map((text) => text.trim());
    expect(answers).toHaveLength(examples.length);
    for (const [index, { commands, answer }] of examples.entries()) {
      if (answer === undefined) continue;
      const given: unknown = JSON.parse(answers[index] ?? '');
      expect([commands, shapeOf(given)]).toEqual([commands, shapeOf(answer)]);
      if (typeof answer === 'number') expect([commands, given]).toEqual([commands, answer]);
    }
    await listening.close(1_000);
    await t.close();
  });

  it('lists every code that the API answers with', () => {
    const codes = [...DOCUMENT.matchAll(/^\| \d{3} \| `(\w+)` \|/gm)].map(([, code]) => code);
    expect(codes).toEqual(
      expect.arrayContaining(['not_signed_in', 'producer_not_found', 'method_not_allowed', 'bad_json']),
    );
    expect(new Set(codes).size).toBe(codes.length);
  });
});
