import { AsyncResource } from 'node:async_hooks';
import { Agent, createServer, type IncomingMessage } from 'node:http';
import type { Express } from 'express';
import request, { type Test } from 'supertest';

/** An application that listens, and the connections that are kept open to it. */
interface Line {
  agent(): ReturnType<typeof request.agent>;
  close(): void;
}

/** Names the caller of a request. Taken out before the application sees it. */
const CALLER = 'x-test-caller';

const lines = new WeakMap<Express, Line>();

/** The value of that header, which the request has no more afterwards. */
function takeCaller(req: IncomingMessage): string {
  const name = String(req.headers[CALLER] ?? '');
  delete req.headers[CALLER];
  const at = req.rawHeaders.findIndex((header) => header.toLowerCase() === CALLER);
  if (at >= 0) req.rawHeaders.splice(at, 2);
  return name;
}

/**
 * Lets an application listen as long as its tests run: a socket and a connection for every request cost half of it. A request
 * is answered in the asynchronous context that it was made in, as if the caller had called the application.
 */
export function openLine(app: Express): () => void {
  const callers = new Map<string, AsyncResource>();
  let last = 0;
  // Connections have no end of their own, so that nothing is cut that is about to be used again.
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const context = callers.get(takeCaller(req));
    if (context === undefined) app(req, res);
    else context.runInAsyncScope(app, undefined, req, res);
  });
  server.on('connection', (socket) => socket.unref());
  server.listen(0).unref();
  const connections = new Agent({ keepAlive: true });
  const call = (each: Test): void => {
    const caller = String(++last);
    callers.set(caller, new AsyncResource('test request'));
    each.once('end', () => callers.delete(caller));
    each.agent(connections).set(CALLER, caller);
  };
  lines.set(app, {
    agent: () => request.agent(server).use(call),
    close: () => {
      lines.delete(app);
      connections.destroy();
      server.close();
      server.closeAllConnections();
    },
  });
  return () => lines.get(app)?.close();
}

/** Somebody with cookies of their own who calls an application, over its line if it has one. */
export const agentOf = (app: Express): ReturnType<typeof request.agent> =>
  lines.get(app)?.agent() ?? request.agent(app);
