import { hash as digest } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Database, Transaction } from '../db';
import type { Clock } from '../lib/clock';
import type { Actor } from '../lib/viewer';
import { canonicalJson } from './canonical';
import { appendEntries, type EntryContent, lockHead, moveHead, readChain, readHead } from './queries';

/** What happened to one object. `before` and `after` hold the fields that changed, never a secret. */
export interface Change {
  /** A verb: add, change, delete, login, logout … */
  action: string;
  /** `<app>.<model>`, as in the permission names. */
  objectType: string;
  objectId: string | number;
  objectLabel: string;
  before?: Record<string, unknown> | undefined;
  after?: Record<string, unknown> | undefined;
  /** One sentence in the past tense for people. */
  message?: string;
  organizationId?: number | null;
}

/** The keys of what is hashed, in the order of canonical JSON. */
const HASHED = [
  'action',
  'actorId',
  'actorLabel',
  'actorType',
  'address',
  'after',
  'before',
  'createdAt',
  'message',
  'objectId',
  'objectLabel',
  'objectType',
  'organizationId',
  'previousHash',
  'requestId',
  'seq',
  'userAgent',
] as const satisfies (keyof EntryContent)[];

/**
 * Gives the hashes of entries: SHA-256 over the canonical JSON of all of an entry's content, the hash of the one before it
 * included. What an entry shares with the one before is not written anew.
 */
function createHasher(): (content: EntryContent) => string {
  const last = HASHED.map((key) => ({ key, value: undefined as unknown, text: '' }));
  return (content) => {
    let text = '{';
    for (const piece of last) {
      const value = content[piece.key];
      if (value !== piece.value || piece.text === '') {
        piece.value = value;
        piece.text = `"${piece.key}":${JSON.stringify(value)}`;
      }
      text += text === '{' ? piece.text : `,${piece.text}`;
    }
    return digest('sha256', `${text}}`, 'hex');
  };
}

/** The hash of one entry. */
export const entryHash = (content: EntryContent): string => createHasher()(content);

/** Values as JSON; equal changes of many objects share theirs. */
function createWriter(): (value: Record<string, unknown> | undefined) => string | null {
  const known = new WeakMap<object, string>();
  return (value) => {
    if (value === undefined) return null;
    const found = known.get(value) ?? canonicalJson(value);
    known.set(value, found);
    return found;
  };
}

/** Entries that are chained and written at a time; other requests are served in between. */
const SLICE = 5_000;

/**
 * Writes entries into the audit log; belongs into the transaction of the change itself, so that neither is kept alone.
 * One statement writes up to 5,000 of them. `progress` hears how many of how many are written.
 */
export async function recordAudits(
  trx: Transaction,
  clock: Clock,
  actor: Actor,
  changes: readonly Change[],
  progress?: (done: number, total: number) => void,
): Promise<void> {
  if (changes.length === 0) return;
  let head = await lockHead(trx);
  const createdAt = clock.now();
  let writing = Promise.resolve();
  for (let from = 0; from < changes.length; from += SLICE) {
    if (from > 0) await breathe();
    // While the database writes one stretch, the next is put together.
    const entries = chain(head, createdAt, actor, changes.slice(from, from + SLICE));
    await writing;
    if (from > 0) progress?.(from, changes.length);
    writing = appendEntries(trx, entries);
    writing.catch(() => undefined); // awaited in the next round, or below
    head = entries.at(-1) ?? head;
  }
  await writing;
  progress?.(changes.length, changes.length);
  await moveHead(trx, head);
}

/** The entries that follow one another after the end of the chain. */
function chain(
  head: { seq: number; hash: string },
  createdAt: Date,
  actor: Actor,
  changes: readonly Change[],
): (EntryContent & { hash: string })[] {
  const [hashOf, json] = [createHasher(), createWriter()];
  let { seq, hash } = head;
  return changes.map((change) => {
    const entry = {
      seq: seq + 1,
      createdAt,
      actorType: actor.type,
      actorId: actor.id,
      actorLabel: actor.label.slice(0, 254),
      action: change.action,
      objectType: change.objectType,
      objectId: String(change.objectId),
      objectLabel: change.objectLabel.slice(0, 254),
      before: json(change.before),
      after: json(change.after),
      message: change.message ?? '',
      address: actor.address.slice(0, 64),
      userAgent: actor.userAgent.slice(0, 400),
      requestId: actor.requestId.slice(0, 64),
      organizationId: change.organizationId ?? null,
      previousHash: hash,
      hash: '',
    };
    entry.hash = hashOf(entry);
    seq = entry.seq;
    hash = entry.hash;
    return entry;
  });
}

/** One entry; see `recordAudits`. */
export const recordAudit = (trx: Transaction, clock: Clock, actor: Actor, change: Change): Promise<void> =>
  recordAudits(trx, clock, actor, [change]);

/** What is wrong with the chain, by the number of the entry; empty when every entry is as it was written. */
export async function verifyChain(db: Database): Promise<{ seq: number; problem: string }[]> {
  const problems: { seq: number; problem: string }[] = [];
  let seq = 0;
  let hash = '';
  const hashOf = createHasher();
  for (;;) {
    const stretch = await readChain(db, seq, 1_000);
    if (stretch.length === 0) break;
    for (const content of stretch) {
      const stored = content.hash;
      if (content.seq !== seq + 1)
        problems.push({ seq: seq + 1, problem: `entries ${seq + 1} to ${content.seq - 1} are missing` });
      else if (content.previousHash !== hash)
        problems.push({ seq: content.seq, problem: 'does not follow the entry before it' });
      if (hashOf(content) !== stored) problems.push({ seq: content.seq, problem: 'was changed after it was written' });
      seq = content.seq;
      hash = stored;
    }
  }
  const head = await readHead(db);
  if (head === undefined || head.seq !== seq || head.hash !== hash) {
    problems.push({ seq: seq + 1, problem: `the chain ends at ${seq}, but its head says ${head?.seq ?? 'nothing'}` });
  }
  return problems;
}
