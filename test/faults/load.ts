import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer, and when and how long it was waited for, in milliseconds. */
export interface Answer {
  readonly at: number;
  readonly took: number;
  /** 0 when there was none. */
  readonly status: number;
  readonly body: string;
}

const GIVE_UP_MS = 15_000;

/** Asks once; what goes wrong is an answer with the status 0. */
export function ask(url: string, { cookie, agent }: { cookie?: string; agent?: Agent } = {}): Promise<Answer> {
  const at = performance.now();
  return new Promise((resolve) => {
    const done = (status: number, body: string) => resolve({ at, took: performance.now() - at, status, body });
    const headers = cookie === undefined ? {} : { Cookie: cookie };
    const request = get(
      url,
      { headers, timeout: GIVE_UP_MS, ...(agent === undefined ? {} : { agent }) },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => done(response.statusCode ?? 0, body));
        response.on('error', (error) => done(0, error.message));
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => done(0, error.message));
  });
}

/** Asks one address over and over until it is stopped. */
export interface Load {
  readonly answers: Answer[];
  stop(): Promise<readonly Answer[]>;
}

/** `callers` ask at once, each again `pause` milliseconds after its last answer. */
export function load(url: string, { callers = 1, pause = 0, cookie = '' } = {}): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const answers: Answer[] = [];
  let stopped = false;
  const call = async (): Promise<void> => {
    while (!stopped) {
      answers.push(await ask(url, { agent, ...(cookie === '' ? {} : { cookie }) }));
      await sleep(pause);
    }
  };
  const calls = Array.from({ length: callers }, call);
  return {
    answers,
    stop: async () => {
      stopped = true;
      await Promise.all(calls);
      agent.destroy();
      return answers;
    },
  };
}

/** The value that the given part of the sorted values is not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
