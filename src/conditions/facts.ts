import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { Context } from '../engine';
import type { Viewer } from '../lib/viewer';

/** The signed-in person, as far as conditions are concerned. */
export type Person = Pick<Viewer, 'id' | 'email' | 'isStaff' | 'groups'> & { readonly isSuperuser?: boolean };

/** Whom a flag is asked for where there is no request: what is left out is not known, and what needs it does not hold. */
export interface ConditionContext {
  /** Null for somebody who is signed out. */
  readonly viewer?: Person | null | undefined;
  /** Like `/shows/12`. */
  readonly path?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly method?: string | undefined;
  readonly host?: string | undefined;
  /** What a visitor is told apart by in shares. */
  readonly visitorId?: string | undefined;
  /** Instead of the clock. */
  readonly now?: Date | undefined;
  /** Further attributes, for conditions that were registered. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** What only a request can tell. */
export const OF_REQUESTS: ReadonlySet<string> = new Set(['path', 'parameters', 'method', 'host']);
/** What is told of the person, which takes somebody, or nobody, who was looked for. */
export const OF_PERSONS: ReadonlySet<string> = new Set([
  'userId',
  'email',
  'groups',
  'staff',
  'superuser',
  'signedIn',
  'targetingKey',
]);

const VISITOR_COOKIE = 'ff_visitor';
const VISITOR_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const VISITOR_AGE_MS = 365 * 24 * 60 * 60 * 1000;

/** What conditions know of a person; undefined throughout when nobody looked who it is. */
abstract class Facts implements Context {
  readonly [attribute: string]: unknown;

  constructor(
    protected readonly viewer: Person | null | undefined,
    readonly environment: string,
  ) {}

  get userId(): number | undefined {
    return this.viewer?.id;
  }

  get email(): string | undefined {
    return this.viewer?.email;
  }

  get groups(): readonly string[] | undefined {
    return this.viewer?.groups.map(({ name }) => name);
  }

  get staff(): boolean | undefined {
    return this.viewer === null ? false : this.viewer?.isStaff;
  }

  get superuser(): boolean | undefined {
    return this.viewer === null ? false : this.viewer?.isSuperuser;
  }

  get signedIn(): boolean | undefined {
    return this.viewer === undefined ? undefined : this.viewer !== null;
  }

  get targetingKey(): string | undefined {
    return this.viewer ? String(this.viewer.id) : this.visitor();
  }

  protected abstract visitor(): string | undefined;
}

/** The last value of each query parameter, as `name=value`. */
function pairsOf(query: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof last === 'string' ? [`${name}=${last}`] : [];
  });
}

/** A request, read when a condition asks and no earlier. */
class RequestFacts extends Facts {
  private pairs: string[] | undefined;
  private drawn: string | undefined;

  constructor(
    private readonly req: Request,
    environment: string,
    private readonly https: boolean,
  ) {
    super(req.user ?? null, environment);
  }

  get path(): string {
    return this.req.originalUrl.split('?', 1)[0] ?? '';
  }

  get parameters(): readonly string[] {
    this.pairs ??= pairsOf(this.req.query);
    return this.pairs;
  }

  get method(): string {
    return this.req.method;
  }

  get host(): string {
    return this.req.hostname ?? '';
  }

  /** The visitor's id from their cookie; drawn at the first share that asks for it, and remembered. */
  protected override visitor(): string {
    this.drawn ??= this.keptVisitor() ?? this.drawVisitor();
    return this.drawn;
  }

  private keptVisitor(): string | undefined {
    const pair = new RegExp(`(?:^|;\\s*)${VISITOR_COOKIE}=([^;]*)`).exec(this.req.headers.cookie ?? '');
    return pair?.[1] !== undefined && VISITOR_ID.test(pair[1]) ? pair[1] : undefined;
  }

  private drawVisitor(): string {
    const id = randomUUID();
    const { res } = this.req;
    if (res !== undefined && !res.headersSent) {
      const secure = this.https || this.req.secure;
      const options = { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: VISITOR_AGE_MS } as const;
      res.vary('Cookie').cookie(VISITOR_COOKIE, id, options);
    }
    return id;
  }
}

/** What somebody says of whom they ask for. */
class StatedFacts extends Facts {
  constructor(
    private readonly given: ConditionContext,
    environment: string,
  ) {
    super(given.viewer, environment);
    for (const [name, value] of Object.entries(given.attributes ?? {})) {
      // Own facts are not to be talked over; a name like __proto__ is one like any other.
      if (!(name in this) || name in Object.prototype)
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
    }
  }

  get path(): string | undefined {
    return this.given.path;
  }

  get parameters(): readonly string[] | undefined {
    return this.given.query === undefined ? undefined : pairsOf(this.given.query);
  }

  get method(): string | undefined {
    return this.given.method;
  }

  get host(): string | undefined {
    return this.given.host;
  }

  protected override visitor(): string | undefined {
    return this.given.visitorId;
  }
}

/** Whether this is a request of the application rather than something said about one. */
export const isRequest = (subject: Request | ConditionContext | undefined): subject is Request =>
  subject !== undefined && 'app' in subject && 'originalUrl' in subject;

/** What is known of a request, read lazily. */
export const factsOfRequest = (req: Request, environment: string, https: boolean): Context =>
  new RequestFacts(req, environment, https);

/** What is known where there is no request. */
export const factsOf = (given: ConditionContext, environment: string): Context => new StatedFacts(given, environment);
