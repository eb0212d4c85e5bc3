import { userInfo } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { type Change, recordAudit } from '../audit';
import type { Config } from '../config';
import { inTransaction } from '../db';
import { type Actor, localActor } from '../lib/viewer';
import type { Services } from '../services';

/** A command cannot do what was asked; the message says why and what was kept, for the person at the terminal. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/** The command was called in a way that it does not understand: exit code 2, as everywhere. */
export const usageError = (message: string): CommandError => new CommandError(message, 2);

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** What every command works with. */
export interface CommandContext extends Terminal {
  readonly environment: NodeJS.ProcessEnv;
  /** The configuration; throws ConfigError when it is not usable. */
  config(): Config;
  /** The services, made at the first call and not started: a command does one thing and ends. */
  services(): Services;
  /** A line of the result. */
  say(line: string): void;
  /** A line beside the result: notes and warnings. */
  note(line: string): void;
  /** Ends the process with this code when the command is done. */
  failWith(code: number): void;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // containers may run under a number that has no name
  }
}

/** Who the audit log names for what a command does. */
export const commandActor = (command: string): Actor => localActor('command', `manage ${command} (${userName()})`);

/** Writes into the audit log what a command did that no operation of a feature writes down itself. */
export const note = ({ db, clock }: Pick<Services, 'db' | 'clock'>, command: string, change: Change): Promise<void> =>
  inTransaction(db, (trx) => recordAudit(trx, clock, commandActor(command), change));

/** Lines of columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** How many letters must change to make one word of another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** ` Did you mean “…”?` when one of the names is nearly what was typed, else nothing. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const [best] = names
    .map((name) => ({ name, away: distance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ away }) => away <= Math.max(2, typed.length / 4))
    .sort((a, b) => a.away - b.away);
  return best === undefined ? '' : ` Did you mean “${best.name}”?`;
}
