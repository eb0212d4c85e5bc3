import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { hashSessionId, listLiveSessions } from '../auth';
import { type Database, writesMark } from '../db';
import type { Clock } from '../lib/clock';
import { tooMany } from '../lib/http-error';
import { type FlagRow, isGating, PRODUCERS_SCOPE, readOwnFlags, readPlaces, visibleFeatures } from '../producers';
import type { Snapshot, Snapshots } from '../snapshots';
import type { Flags } from '../teams';
import { queryText, viewerOf } from '../web/request';
import type { Templates } from '../web/templates';
import { memberOf } from './member';
import { NAVIGATION, navigationOf, stateOf } from './navigation';

/** How many streams may be open at once. */
export interface StreamLimits {
  /** Pages of one sign-in. Browsers pause the streams of hidden ones. */
  readonly perSession: number;
  /** Pages behind one address, which may be that of a whole office. */
  readonly perAddress: number;
}

export const STREAM_LIMITS: StreamLimits = { perSession: 20, perAddress: 600 };

/** How often the people behind open streams are looked at, and how often a line is kept from falling silent; milliseconds. */
const CHECK_MS = 2_000;
const HEARTBEAT_MS = 15_000;
/** Bytes that a client may leave unread before its stream is cut off. */
const MOST_UNREAD = 64 * 1024;
/** When a client that was cut off may try again, in seconds. */
const TRY_AGAIN_S = 30;

/** One open page of a portal. */
interface Stream {
  readonly res: Response;
  readonly session: string;
  readonly epoch: number;
  readonly address: string;
  readonly userId: number;
  readonly producerId: number;
  /** The part of the portal that the page shows. */
  readonly part: string;
  /** The navigation that the page has. */
  seen: string;
}

interface Features {
  readonly asked: ReadonlySet<number>;
  readonly features: ReadonlyMap<number, FlagRow>;
}

interface Parts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly flags: Flags;
  readonly snapshots: Snapshots;
  readonly templates: Templates;
}

const AT = Symbol('revision at which a request began');
type Carrier = Request & { [AT]?: number };

/**
 * The open pages of the portal. Each hears within a second when what its producer has changes, by whichever process: one
 * statement reads the flags of all producers with open pages for each revision. The people behind the streams are looked
 * at every two seconds, and a stream ends with the session, the account or the place that opened it.
 */
export class PortalStreams {
  /** Another one counts for streams that are opened from then on. */
  limits = STREAM_LIMITS;
  private readonly streams = new Set<Stream>();
  private readonly source: Snapshot<Features>;
  private readonly rendered = new Map<string, string>();
  private timers: NodeJS.Timeout[] = [];
  private gating: boolean;
  private began = 0;
  private checking: Promise<void> | undefined;
  private checked: string | undefined;
  private checkedAt = 0;

  constructor(private readonly parts: Parts) {
    this.source = parts.snapshots.register<Features>(PRODUCERS_SCOPE, {
      initial: { asked: new Set(), features: new Map() },
      load: async (trx) => {
        this.began += 1;
        const asked = new Set([...this.streams].map(({ producerId }) => producerId));
        return { asked, features: asked.size === 0 ? new Map() : await readOwnFlags(trx, [...asked]) };
      },
    });
    this.source.subscribe((read) => this.tell(read));
    this.gating = isGating(parts.flags);
    parts.flags.onChange(() => this.followSwitch());
  }

  /** How many pages are open. */
  get size(): number {
    return this.streams.size;
  }

  start(): void {
    this.timers = [
      setInterval(() => void this.check(), CHECK_MS).unref(),
      setInterval(() => this.beat(), HEARTBEAT_MS).unref(),
    ];
  }

  /** Ends all streams; browsers come back by themselves. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const { res } of this.streams) res.end();
    await this.checking;
  }

  /** Cuts all streams off, as a lost network does; browsers come back by themselves. */
  dropAll(): void {
    for (const { res } of this.streams) res.destroy();
  }

  /** Notes where a request stands before it reads what its producer has; belongs before `ofProducer`. */
  begin(req: Request): void {
    (req as Carrier)[AT] = this.began;
  }

  /**
   * Turns a request into a stream. What the page was rendered with stands in `seen`, or in Last-Event-ID when it comes
   * back; if that is no longer so, the first event says it. 429 when this session or address has too many open.
   */
  open(req: Request, res: Response): void {
    const { producer, features } = memberOf(req);
    const stream: Stream = {
      res,
      session: hashSessionId(req.sessionID),
      epoch: req.session.epoch ?? -1,
      address: req.ip ?? '',
      userId: viewerOf(req).id,
      producerId: producer.id,
      part: NAVIGATION.find(({ name }) => name === queryText(req, 'at'))?.name ?? '',
      seen: req.get('last-event-id') ?? queryText(req, 'seen'),
    };
    this.refuseMore(stream);
    // Neither an open page nor its end counts as using the session.
    Reflect.deleteProperty(req, 'session');
    res.status(200).set({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    res.flushHeaders();
    req.socket.setNoDelay(true);
    this.streams.add(stream);
    res.once('close', () => this.streams.delete(stream));
    // Also when nothing is new: the id is what a page that comes back names.
    this.send(stream, stateOf(features), `id: ${stateOf(features)}\n\n`);
    // What a load that began meanwhile read does not include this producer, so it is read again.
    if (this.began !== (req as Carrier)[AT]) void this.source.refresh();
  }

  private refuseMore({ session, address }: Stream): void {
    const { perSession, perAddress } = this.limits;
    let [ofSession, ofAddress] = [0, 0];
    for (const other of this.streams) {
      if (other.session === session) ofSession += 1;
      if (other.address === address) ofAddress += 1;
    }
    if (ofSession < perSession && ofAddress < perAddress) return;
    const [limit, whose] = ofSession >= perSession ? [perSession, 'your sign-in'] : [perAddress, 'your network'];
    throw tooMany(
      TRY_AGAIN_S,
      `At most ${limit} open pages of ${whose} follow changes by themselves. Close some, or reload this one now and then.`,
    );
  }

  /** Takes over what was just read. Streams that were opened during the read wait for the next one. */
  private tell({ asked, features }: Features): void {
    for (const stream of this.streams) {
      const own = asked.has(stream.producerId) ? features.get(stream.producerId) : undefined;
      if (own !== undefined) this.send(stream, stateOf(visibleFeatures(this.parts.flags, own)));
    }
  }

  /** Every page may show something else once gating is switched off or on. */
  private followSwitch(): void {
    const gating = isGating(this.parts.flags);
    if (gating === this.gating) return;
    this.gating = gating;
    void this.source.refresh();
  }

  /** Sends a page the navigation that it does not have yet; `otherwise` when it has it. */
  private send(stream: Stream, state: string, otherwise = ''): void {
    const text = state === stream.seen ? otherwise : this.event(state, stream);
    stream.seen = state;
    if (text !== '') this.write(stream, text);
  }

  private write({ res }: Stream, text: string): void {
    if (res.writableEnded || res.destroyed) return;
    res.write(text);
    if (res.writableLength > MOST_UNREAD) res.destroy();
  }

  /** A navigation as an event; pages in the same place that miss the same share one rendering. */
  private event(state: string, { part, seen }: Stream): string {
    const before = seen === '' ? undefined : new Set(navigationOf(seen).map(({ name }) => name));
    const key = [state, part, before === undefined ? '' : [...before].join()].join(' ');
    const known = this.rendered.get(key);
    if (known !== undefined) return known;
    const portalNav = navigationOf(state);
    const now = new Set(portalNav.map(({ name }) => name));
    const html = this.parts.templates.render('partials/portal/nav-change.njk', {
      portalNav,
      portalPart: part,
      added: before === undefined ? [] : portalNav.filter(({ name }) => !before.has(name)),
      removed: before === undefined ? [] : NAVIGATION.filter(({ name }) => before.has(name) && !now.has(name)),
    });
    const lines = html.split('\n').filter((line) => line.trim() !== '');
    const text = `id: ${state}\n${lines.map((line) => `data: ${line}`).join('\n')}\n\n`;
    if (this.rendered.size > 1_000) this.rendered.clear();
    this.rendered.set(key, text);
    return text;
  }

  private beat(): void {
    for (const stream of this.streams) this.write(stream, ':\n\n');
  }

  /** Ends the streams of those who may no longer look. Never rejects: while the database is away nothing is sent anyway. */
  private check(): Promise<void> {
    this.checking ??= this.look()
      .catch((error: unknown) => this.parts.log.warn({ err: error }, 'open portal pages cannot be checked'))
      .finally(() => {
        this.checking = undefined;
      });
    return this.checking;
  }

  private async look(): Promise<void> {
    if (this.streams.size === 0) return;
    const { db, clock } = this.parts;
    // Where the database can tell that nothing was written, only time can have ended a session.
    const mark = writesMark(db);
    const due = performance.now() - this.checkedAt > HEARTBEAT_MS;
    if (mark !== undefined && mark === this.checked && !due) return;
    const streams = [...this.streams];
    const live = await listLiveSessions(db, [...new Set(streams.map(({ session }) => session))], clock.now());
    const places = await readPlaces(db, [...new Set(streams.map(({ userId }) => userId))]);
    this.checked = mark;
    this.checkedAt = performance.now();
    for (const stream of streams) {
      const holds = live.get(stream.session) === stream.epoch && places.has(`${stream.userId}:${stream.producerId}`);
      if (!holds) this.dismiss(stream);
    }
  }

  /** Says that the page will not follow any more, which its script takes as a reason not to come back. */
  private dismiss(stream: Stream): void {
    const html = this.parts.templates.render('partials/portal/dismissed.njk', {});
    const data = html.split('\n').filter((line) => line.trim() !== '');
    this.write(stream, `${data.map((line) => `data: ${line}`).join('\n')}\n\nevent: ff-bye\ndata: over\n\n`);
    stream.res.end();
  }
}
