import type { Change } from '../audit';
import { type Transaction, toDbTime } from '../db';
import type { Actor } from '../lib/viewer';

const DAY = 24 * 60 * 60 * 1000;

/** Something that happened in the past of the demo, for the audit log. */
export interface Episode {
  readonly at: Date;
  readonly actor: Actor;
  readonly change: Change;
}

/** What the parts of one load share. */
export interface Load {
  readonly trx: Transaction;
  readonly now: Date;
  readonly random: () => number;
  /** Of the one password that all sign-ins have. */
  readonly passwordHash: string;
  /** The ids of those who can sign in, by e-mail address. */
  readonly ids: Map<string, number>;
  /** Filled by all parts, told at the end in the order of time. */
  readonly episodes: Episode[];
}

/** A moment so many days before another. */
export const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - Math.round(days * DAY));

/** A moment between two others. */
export const momentBetween = (from: Date, to: Date, share: number): Date =>
  new Date(from.getTime() + Math.round(share * (to.getTime() - from.getTime())));

/** The two columns that every table has. */
export const stamps = (created: Date, modified = created) => ({
  created_at: toDbTime(created),
  modified_at: toDbTime(modified),
});

/** One of the demo's people as the audit log names them. */
export const actorFor = (email: string, id: number): Actor => ({
  type: 'user',
  id,
  label: email,
  address: '',
  userAgent: '',
  requestId: '',
});
