import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../src/lib/root';

/** A private PostgreSQL that can be taken away and given back. */
export interface PostgresServer {
  readonly url: string;
  readonly version: string;
  tell(command: 'stop' | 'start' | 'pause' | 'resume'): Promise<void>;
  /** Ends it and removes what it had on disk. */
  end(): Promise<void>;
}

/** Starts a PostgreSQL of our own below a folder; it ends with this process, however that ends. */
export async function startPostgres(directory: string): Promise<PostgresServer> {
  const helper = path.join(projectRoot, 'test/support/postgres-server.mjs');
  const child = spawn(process.execPath, [helper, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, string>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the PostgreSQL of the drill ended by itself');
    const said = JSON.parse(value) as Record<string, string>;
    if (said.error !== undefined) throw new Error(said.error);
    return said;
  };
  const { url = '', version = '' } = await answer();
  return {
    url,
    version,
    tell: async (command) => {
      child.stdin.write(`${command}\n`);
      await answer();
    },
    end: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
