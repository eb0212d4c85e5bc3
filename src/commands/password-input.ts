import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { type CommandContext, CommandError } from './context';

const VARIABLE = 'FLAGSTAFF_PASSWORD';

/** How a command that needs a password says where it may come from. */
export const PASSWORD_HELP = `
The password is asked for without being shown. For scripts it can come from the first line of standard input
(--password-stdin) or from the environment variable ${VARIABLE}; never from an argument, which other users could see.`;

/** Asks one question at the terminal; what is typed is not shown. */
function askHidden({ stdin, stderr }: CommandContext, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write(question);
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      stderr.write('\n');
      reject(new CommandError('Nothing was typed. Nothing was changed.', 130));
    });
  });
}

async function firstLine({ stdin }: CommandContext): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    if (chunks.reduce((size, { length }) => size + length, 0) > 10_000) break;
  }
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

/** The new password from standard input, the environment or the terminal, where it is typed twice. */
export async function readNewPassword(context: CommandContext, options: { passwordStdin?: true }): Promise<string> {
  if (options.passwordStdin) {
    const line = await firstLine(context);
    if (line === '') throw new CommandError('Standard input holds no password. Nothing was changed.');
    return line;
  }
  const given = context.environment[VARIABLE];
  if (given !== undefined && given !== '') return given;
  if (!context.stdin.isTTY) {
    throw new CommandError(`There is no terminal to ask at. Use --password-stdin or set ${VARIABLE}.`);
  }
  const password = await askHidden(context, 'Password: ');
  if ((await askHidden(context, 'Password again: ')) !== password) {
    throw new CommandError('The two do not match. Nothing was changed.');
  }
  return password;
}
