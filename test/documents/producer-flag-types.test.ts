import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { copyWith, piecesOf } from './fourth-flag';

const run = promisify(execFile);

describe('a fourth flag: one migration and one line', () => {
  it('is known to the compiler', async () => {
    const copy = await copyWith(await piecesOf('docs/guides/adding-a-producer-flag.md'));
    const compiler = path.join(copy, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = await run(process.execPath, [compiler, '--noEmit', '-p', 'tsconfig.probe.json'], {
      cwd: copy,
    }).catch(({ stdout }: { stdout: string }) => ({ stdout }));
    expect(compiled.stdout).toBe('');
  }, 60_000);
});
