import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import { deleteThrottles, lockRecent, saveRecent } from './queries-throttle';

/** The stretch of time in which tries are counted. */
export const WINDOW_MS = 15 * 60 * 1000;

/** One thing that tries are counted by. */
export interface Gate {
  readonly key: string;
  /** So many tries pass in any fifteen minutes. */
  readonly most?: number;
  /** So many pass without a pause; then the pause doubles from one second … */
  readonly free?: number;
  /** … up to this many seconds. */
  readonly longest?: number;
}

/** A try that may go on: it has been counted already. */
export interface Turn {
  readonly allowed: true;
  /** Takes the count back, for a try that turned out well; `forget` names gates that begin anew. */
  giveBack(forget?: readonly Gate[]): Promise<void>;
}

/** A try that is not looked at, and how long until one would be. */
export interface Wait {
  readonly allowed: false;
  readonly seconds: number;
}

interface Parts {
  db: Database;
  clock: Clock;
}

/** A key that tells nothing about what it stands for. */
export const gateKey = (kind: string, ...parts: string[]): string =>
  `${kind}:${createHash('sha256').update(parts.join('\n')).digest('base64url')}`;

/** The part of an address that one person has to themselves: all of IPv4, the first half of IPv6. */
export function addressBlock(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const plain = address.split('%', 1)[0] ?? '';
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** When the next try may come, in milliseconds; in the past or now when it may come at once. */
function opensAt(gate: Gate, recent: number[]): number {
  const { most = Number.POSITIVE_INFINITY, free = Number.POSITIVE_INFINITY, longest = 900 } = gate;
  const last = recent.at(-1);
  if (last === undefined) return 0;
  const oldest = recent.at(-most) ?? recent[0] ?? 0;
  const full = recent.length >= most ? oldest + WINDOW_MS : 0;
  const pause = recent.length < free ? 0 : Math.min(longest, 2 ** (recent.length - free)) * 1000;
  return Math.max(full, last + pause);
}

const KEPT = 40;

/**
 * Counts a try at every gate, or at none when one of them is shut. Counting comes before the work it guards and happens
 * under a lock in the database, so tries at the same moment, in several processes, are counted one by one.
 */
export async function takeTurn({ db, clock }: Parts, gates: readonly Gate[]): Promise<Turn | Wait> {
  const now = clock.now();
  const time = now.getTime();
  const wait = await inTransaction(db, async (trx) => {
    const all = await lockRecent(
      trx,
      gates.map(({ key }) => key),
      now,
    );
    const counted = gates.map((gate) => ({
      gate,
      recent: (all.get(gate.key) ?? []).filter((moment) => moment > time - WINDOW_MS && moment <= time),
    }));
    const opens = Math.max(0, ...counted.map(({ gate, recent }) => opensAt(gate, recent)));
    if (opens > time) {
      const empty = counted.filter(({ recent }) => recent.length === 0).map(({ gate }) => gate.key);
      if (empty.length > 0) await deleteThrottles(trx, empty);
      return Math.ceil((opens - time) / 1000);
    }
    for (const { gate, recent } of counted) {
      await saveRecent(trx, gate.key, [...recent, time].slice(-KEPT), new Date(time + WINDOW_MS));
    }
    return 0;
  });
  if (wait > 0) return { allowed: false, seconds: wait };
  return {
    allowed: true,
    giveBack: (forget = []) => giveBack({ db, clock }, gates, forget, time),
  };
}

async function giveBack({ db, clock }: Parts, gates: readonly Gate[], forget: readonly Gate[], time: number) {
  const anew = new Set(forget.map(({ key }) => key));
  const others = gates.map(({ key }) => key).filter((key) => !anew.has(key));
  await inTransaction(db, async (trx) => {
    await deleteThrottles(trx, [...anew]);
    if (others.length === 0) return;
    for (const [key, recent] of await lockRecent(trx, others, clock.now())) {
      const at = recent.lastIndexOf(time);
      if (at < 0) continue;
      await saveRecent(trx, key, recent.toSpliced(at, 1), new Date(time + WINDOW_MS));
    }
  });
}
