import type { Transaction } from '../db';
import { bumpRevision } from '../snapshots';

/** The scope whose revision tells all processes that somebody's connection has changed. */
export const CONNECTIONS_SCOPE = 'integrations';

/** Tells all processes, once the transaction has committed, that a connection was made, refused or ended. */
export const bumpConnections = (trx: Transaction): Promise<unknown> => bumpRevision(trx, CONNECTIONS_SCOPE);
