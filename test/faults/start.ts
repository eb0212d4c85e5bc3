import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until';
import { flagIn, openWriter } from './drill';
import { type Findings, milliseconds } from './findings';
import { ask } from './load';
import type { Place } from './place';
import { type Server, startServer } from './server';

/** Row F6: the server is started while its database is stopped, or hangs; with the last snapshot on disk, and without. */
export async function startFaults(findings: Findings, { seconds, makePostgres, directory }: Place): Promise<void> {
  const postgres = await makePostgres();
  const data = directory('server');
  const environment = { DATABASE_URL: postgres.url, DATA_DIR: data };
  const writer = await openWriter({ DATABASE_URL: postgres.url }, directory('writer'));
  let server: Server | undefined;
  try {
    const first = await startServer(environment);
    await until('the snapshot to be kept', async () => flagIn(await ask(`${first.origin}/waffle_status`)) === true);
    await first.stop();
    await writer.close();
    for (const [how, leave, come] of [
      ['is stopped', 'stop', 'start'],
      ['hangs', 'pause', 'resume'],
    ] as const) {
      for (const hasSnapshot of [true, false]) {
        findings.heading(`F6: the database ${how}; ${hasSnapshot ? 'with' : 'without'} a snapshot on disk`);
        if (!hasSnapshot) rmSync(data, { recursive: true, force: true });
        await postgres.tell(leave);
        const began = performance.now();
        const started = await startServer(environment);
        server = started;
        if (hasSnapshot) await fromDisk(findings, started, began);
        else await fromNothing(findings, started);
        await sleep(seconds * 1_000);
        const isThere = started.isRunning();
        findings.expect(`the process ${seconds} s later`, isThere ? 'tries on' : 'ended', 'tries on', isThere);
        await postgres.tell(come);
        const ready = await until(
          'readiness',
          async () => (await readiness(started)).body === '{"status":"ok"}',
          30_000,
        );
        findings.expect(
          'ready once the database is back after',
          milliseconds(ready),
          '5000 ms at most',
          ready <= 5_000,
        );
        const isOn = flagIn(await ask(`${started.origin}/waffle_status`)) === true;
        findings.expect('the flag then', isOn ? 'on' : 'not on', 'on, as the database has it', isOn);
        findings.expect('unhandled rejections', started.unhandled(), '0', started.unhandled() === 0);
        await started.stop();
      }
    }
  } finally {
    await server?.stop();
    await postgres.end();
  }
}

const readiness = async ({ origin }: Server) => {
  const response = await fetch(`${origin}/readyz`);
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.text() };
};

async function fromDisk(findings: Findings, server: Server, began: number): Promise<void> {
  await until('the flag', async () => flagIn(await ask(`${server.origin}/waffle_status`)) === true, 30_000);
  const took = performance.now() - began;
  findings.expect('the flag is served after', milliseconds(took), '5000 ms at most', took <= 5_000);
  const { status, body } = await readiness(server);
  findings.expect(
    '/readyz',
    `${status} ${body}`,
    '200, and that it is stale',
    status === 200 && body.includes('stale'),
  );
}

async function fromNothing(findings: Findings, server: Server): Promise<void> {
  const { status, retryAfter, body } = await readiness(server);
  const said = `${status} ${body}, Retry-After ${retryAfter}`;
  findings.expect('/readyz', said, '503 with Retry-After', status === 503 && Number(retryAfter) > 0);
  const answer = await ask(`${server.origin}/waffle_status`);
  const isDefault = answer.status === 200 && flagIn(answer) === undefined;
  findings.expect(
    'flags',
    `${answer.status}, ${isDefault ? 'as the code has them' : answer.body}`,
    'the defaults of the code',
    isDefault,
  );
}
