import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { until } from '../../test/support/until';
import { type Database, isOutage, openDatabase } from '.';

/** A way to a server that can fall silent: connections stay open and are taken, and nothing passes. */
async function wayTo({
  hostname,
  port: targetPort,
}: URL): Promise<{ server: Server; port: number; silence(silent: boolean): void; close(): void }> {
  const sockets = new Set<Socket>();
  const target = Number(targetPort);
  let silent = false;
  const server = createServer((near) => {
    const far = connect(target, hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      if (silent) from.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    silence: (on) => {
      silent = on;
      for (const socket of sockets) {
        if (on) socket.pause();
        else socket.resume();
      }
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('PostgreSQL that hangs', () => {
  let database: TestDatabase;
  let db: Database;
  let way: Awaited<ReturnType<typeof wayTo>>;

  const well = () =>
    db.raw('select 1').then(
      () => true,
      () => false,
    );

  beforeAll(async () => {
    if (testDialect !== 'postgres') return;
    database = await createTestDatabase({ migrated: false });
    const url = new URL(database.config.client === 'pg' ? database.config.url : '');
    way = await wayTo(url);
    url.port = String(way.port);
    db = openDatabase({ client: 'pg', url: url.href });
  });
  afterAll(async () => {
    await db?.destroy();
    way?.close();
    await database?.drop();
  });

  it('is an outage within seconds for who waits, at once for who comes, and over as soon as it answers', async () => {
    if (testDialect !== 'postgres') return;
    await until('the first answer', well);
    way.silence(true);
    const began = performance.now();
    const failures = await Promise.all(
      [1, 2, 3].map((value) =>
        db.raw('select ?', [value]).then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );
    expect(failures.map(isOutage)).toEqual([true, true, true]);
    expect(performance.now() - began).toBeLessThan(10_000); // for a machine at its limit; the drill is held to five
    const again = performance.now();
    await expect(db.raw('select 1')).rejects.toThrow('the database accepts connections and does not answer');
    expect(performance.now() - again).toBeLessThan(1_000);
    way.silence(false);
    expect(await until('answers', well)).toBeLessThan(10_000);
  });

  it('is an outage in the words of the driver, too, and what people ask for is none', () => {
    const said = ['Connection terminated unexpectedly', 'select 1 - Connection terminated', 'timeout expired'];
    expect(said.map((text) => isOutage(new Error(text)))).toEqual([true, true, true]);
    expect(isOutage(new Error('select ? - syntax error near "Connection"'))).toBe(false);
  });

  it('is told from one that is only slow', async () => {
    if (testDialect !== 'postgres') return;
    const { rows } = (await db.raw('select pg_sleep(2.5), 7 as result')) as { rows: { result: number }[] };
    expect(rows[0]?.result).toBe(7);
  });
});
