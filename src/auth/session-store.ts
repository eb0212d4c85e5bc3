import { createHash } from 'node:crypto';
import session, { type SessionData } from 'express-session';
import type { Logger } from 'pino';
import { type Database, retrying, whileUnchanged } from '../db';
import type { Clock } from '../lib/clock';
import type { Person } from './queries';
import {
  deleteSession,
  type FoundSession,
  findSession,
  saveSession,
  touchSession,
  updateSession,
} from './queries-sessions';

const HOUR = 60 * 60 * 1000;

/** A session that is not used for this long ends. */
export const IDLE_MS = 8 * HOUR;
/** A session ends this long after sign-in, used or not. */
export const ABSOLUTE_MS = 7 * 24 * HOUR;
/** What a visitor who is not signed in has in a session (a sign-in under way elsewhere) is kept this long. */
export const VISITOR_MS = HOUR / 2;
/** How old the note of the last use may be before it is written again: not every read becomes a write. */
const TOUCH_EVERY_MS = 60_000;

declare module 'express-session' {
  interface SessionData {
    passport?: { user?: number };
    /** Where the person signed in from; shown on their list of sessions. */
    client?: { address: string; userAgent: string };
    /** Set while the session has a row. Such a session is only ever updated: once its row is gone it stays gone. */
    kept?: boolean;
    /**
     * When the row was made and last noted as used, in milliseconds, and whose it is; read with it, never stored in it. The
     * person is behind a function, because sessions are compared by what can be written down of them.
     */
    row?: { began: number; seen: number; person(): Person | undefined };
  }
}

/** How a session id is stored. */
export const hashSessionId = (sid: string): string => createHash('sha256').update(sid).digest('hex');

type Callback<T = void> = (error?: unknown, value?: T) => void;

/** Whether there is anything in a session worth a row: a visitor's CSRF secret is derived from the id and is not. */
const worthKeeping = ({
  cookie: _,
  csrfSecret: _secret,
  client: _client,
  kept: _kept,
  row: _row,
  ...rest
}: SessionData): boolean => Object.values(rest).some((value) => value !== undefined);

/**
 * Sessions in the database: hashed ids, idle and absolute limits, and no row at all for a visitor who has nothing in it.
 * A database that fails makes one request fail, never the process.
 */
export class DatabaseSessionStore extends session.Store {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    super();
  }

  override get(sid: string, callback: (error: unknown, data?: SessionData) => void): void {
    this.read(sid).then(
      (data) => callback(null, data),
      (error: unknown) => callback(error),
    );
  }

  override set(sid: string, data: SessionData, callback?: Callback): void {
    this.finish(this.write(sid, data), callback);
  }

  override destroy(sid: string, callback?: Callback): void {
    this.finish(
      retrying(() => deleteSession(this.db, hashSessionId(sid))),
      callback,
    );
  }

  override touch(sid: string, data: SessionData, callback?: () => void): void {
    // A failed note of the last use is not worth failing a page for.
    this.renew(sid, data)
      .catch((error: unknown) => this.log.warn({ err: error }, 'a session could not be renewed'))
      .finally(() => callback?.());
  }

  private finish(work: Promise<void>, callback: Callback = () => undefined): void {
    work.then(() => callback(), callback);
  }

  /** Without a row the id (which we signed) stands for a visitor with an empty session, and keeps its CSRF secret. */
  private async read(sid: string): Promise<SessionData> {
    const record = await this.find(sid);
    const alive = record !== undefined && record.expiresAt > this.clock.now();
    if (!alive) return { cookie: { originalMaxAge: null } };
    const row = { began: record.createdAt.getTime(), seen: record.lastSeenAt.getTime(), person: () => record.person };
    return { ...(JSON.parse(record.data) as SessionData), kept: true, row };
  }

  private find(sid: string): Promise<FoundSession | undefined> {
    const sidHash = hashSessionId(sid);
    return whileUnchanged(this.db, `session ${sidHash}`, () => findSession(this.db, sidHash));
  }

  private expiry(createdAt: Date, signedIn: boolean): Date {
    const idle = signedIn ? IDLE_MS : VISITOR_MS;
    return new Date(Math.min(this.clock.now().getTime() + idle, createdAt.getTime() + ABSOLUTE_MS));
  }

  private async write(sid: string, data: SessionData): Promise<void> {
    if (!data.kept && !worthKeeping(data)) return;
    const sidHash = hashSessionId(sid);
    const now = this.clock.now();
    const { row, ...stored } = data;
    const createdAt = row === undefined ? now : new Date(row.began);
    const userId = data.passport?.user ?? null;
    const record = {
      sidHash,
      userId,
      data: JSON.stringify(stored),
      address: data.client?.address ?? '',
      userAgent: data.client?.userAgent ?? '',
      createdAt,
      lastSeenAt: now,
      expiresAt: this.expiry(createdAt, userId !== null),
    };
    // A request that was under way while its session was ended elsewhere must not bring it back.
    await retrying(() => (data.kept ? updateSession(this.db, record) : saveSession(this.db, record)));
    data.kept = true;
  }

  private async renew(sid: string, { row, passport }: SessionData): Promise<void> {
    const now = this.clock.now();
    if (row === undefined || now.getTime() - row.seen < TOUCH_EVERY_MS) return;
    const expiresAt = this.expiry(new Date(row.began), passport?.user !== undefined);
    await touchSession(this.db, hashSessionId(sid), now, expiresAt);
  }
}
