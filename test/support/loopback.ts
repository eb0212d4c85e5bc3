import type { AddressInfo, Server } from 'node:net';

/** Lets a server listen on loopback, at a port that is free, which it returns. */
export async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
