import { PassThrough, Writable } from 'node:stream';
import { runManage } from '../../src/manage';
import type { Services } from '../../src/services';

export interface CommandResult {
  code: number;
  /** Standard output. */
  out: string;
  /** Standard error. */
  err: string;
}

interface CommandSurroundings {
  services?: Services;
  environment?: NodeJS.ProcessEnv;
  /** What is piped into the command. */
  input?: string;
  /** What somebody types at a terminal, one line after each question. */
  typed?: string[];
}

/** Runs `manage` in this process, as if it had been called with these words. */
export async function manage(words: string, surroundings: CommandSurroundings = {}): Promise<CommandResult> {
  const { services, environment = {}, input = '', typed } = surroundings;
  const said = { out: '', err: '' };
  const stdin = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  const answers = [...(typed ?? [])];
  const collect = (name: keyof typeof said) =>
    new Writable({
      write: (chunk, _encoding, done) => {
        said[name] += String(chunk);
        const answer = /: $/.test(String(chunk)) ? answers.shift() : undefined;
        if (answer !== undefined) setImmediate(() => stdin.write(`${answer}\n`));
        done();
      },
    });
  if (typed === undefined) stdin.end(input);
  const argv = (words.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const streams = { stdin, stdout: collect('out'), stderr: collect('err') };
  const code = await runManage(argv, { ...streams, environment, ...(services ? { services } : {}) });
  return { code, ...said };
}
