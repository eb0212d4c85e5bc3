import type { Transaction } from '../db';
import { ConnectionUnusable, findConnection, holdConnection, ProviderAuthError } from '../integrations';
import { PermanentFailure, TemporaryFailure } from '../jobs';
import type { Services } from '../services';
import { listRepositories, type RepositoryPage } from './client';
import { beginReading, findReading, finishReading, keepPage } from './queries';

export type ReadingParts = Pick<Services, 'config' | 'db' | 'clock' | 'egress' | 'connections' | 'integrationStatuses'>;

/** What the job that reads gives. */
interface ReadingTools {
  readonly signal: AbortSignal;
  /** One transaction of the job: what it writes is kept if the job is still ours. */
  keep(work: (trx: Transaction) => Promise<void>): Promise<void>;
}

/** More pages than anybody has: a server that always names a next one comes to an end. */
const MOST_PAGES = 200;

/** The rest of what was read: to be kept together with the step of the job that asked for it. */
export type LastWrite = (trx: Transaction) => Promise<void>;

/**
 * Reads the repositories of what a person has connected at GitHub, page by page, each kept when it is read: a reading that was
 * cut short goes on after its last page. The end of it is given back to be kept. A person without a connection has nothing to
 * read. Throws `PermanentFailure` or `TemporaryFailure` with a sentence for people; a connection that GitHub refuses is marked.
 */
export async function readRepositories(parts: ReadingParts, userId: number, tools: ReadingTools): Promise<LastWrite> {
  const { db, clock } = parts;
  for (;;) {
    const connection = await findConnection(db, userId, 'github');
    if (connection === undefined) return async () => {};
    const { id: connectionId, externalId: accountId } = connection;
    /** Who has disconnected while GitHub was asked keeps nothing; the next look finds out. */
    const ifStill =
      (work: LastWrite): LastWrite =>
      async (trx) => {
        if (await holdConnection(trx, connectionId, accountId)) await work(trx);
      };

    const reading = await findReading(db, connectionId, accountId);
    if (reading === undefined || reading.finishedAt !== null) {
      await tools.keep(ifStill((trx) => beginReading(trx, { connectionId, accountId, now: clock.now() })));
      continue;
    }
    const page = reading.page + 1;
    const answer = await askForPage(parts, userId, page, tools.signal);
    if (answer === undefined) continue;
    const pages = Math.max(answer.pages ?? page, page);
    const keepAnswer: LastWrite = (trx) =>
      keepPage(trx, reading, { page, pages, repositories: answer.repositories, now: clock.now() });
    if (answer.hasNext && answer.repositories.length > 0 && page < MOST_PAGES) await tools.keep(ifStill(keepAnswer));
    else {
      return ifStill(async (trx) => {
        await keepAnswer(trx);
        await finishReading(trx, reading, clock.now());
      });
    }
  }
}

/**
 * Asks GitHub with the person's token, which is renewed first when it has to be. Nothing when the connection was ended or made
 * anew meanwhile: then GitHub refused what does not count any more.
 */
async function askForPage(
  parts: ReadingParts,
  userId: number,
  page: number,
  signal: AbortSignal,
): Promise<RepositoryPage | undefined> {
  try {
    return await parts.connections.use(userId, 'github', (token) => listRepositories(parts, token, page, signal));
  } catch (error) {
    if (error instanceof ConnectionUnusable && error.kind === 'unavailable') throw new TemporaryFailure(error.message);
    if (error instanceof ConnectionUnusable || error instanceof ProviderAuthError) {
      const connection = await findConnection(parts.db, userId, 'github');
      if (connection === undefined || connection.authFailedAt === null) return undefined;
      await parts.integrationStatuses.reportAuthFailure(userId, 'github');
      throw new PermanentFailure('GitHub no longer accepts the connection. Reconnect it, then go on.');
    }
    throw error;
  }
}
