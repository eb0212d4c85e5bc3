import { randomUUID } from 'node:crypto';
import type { Request } from 'express';

/** The signed-in person, as far as flags are concerned. */
export interface Person {
  readonly id: number;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly groups: readonly { readonly id: number }[];
}

/** What a flag may ask about a request. Everything is looked up only when it is asked for. */
export interface Facts {
  /** Null when nobody is signed in; undefined when the request knows no users at all. */
  readonly person: Person | null | undefined;
  /** The language of the request in lower case, like `de-at`; empty when there is none. */
  readonly language: string;
  parameter(name: string): string | undefined;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** A random id for a visitor whom nothing is known of, the same for all flags of one request. */
  visitor(): string;
}

/** What a request says about itself, read when a flag asks and then kept: one answer for the whole request. */
export class RequestFacts implements Facts {
  readonly person: Person | null | undefined;
  private query: Record<string, unknown> | undefined;
  private cookies: Map<string, string> | undefined;
  private spoken: string | undefined;
  private drawnId: string | undefined;

  constructor(private readonly req: Request) {
    this.person = req.user ?? (knowsUsers(req) ? null : undefined);
  }

  get language(): string {
    this.spoken ??=
      preferredLanguage(this.req.headers['accept-language']) || (this.req.user?.language ?? '').toLowerCase();
    return this.spoken;
  }

  parameter(name: string): string | undefined {
    if (this.query === undefined) this.query = this.req.url.includes('?') ? this.req.query : {};
    if (!Object.hasOwn(this.query, name)) return undefined;
    const value = this.query[name];
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof last === 'string' ? last : '';
  }

  header(name: string): string | undefined {
    const value = this.req.headers[name];
    return Array.isArray(value) ? value.at(-1) : value;
  }

  cookie(name: string): string | undefined {
    this.cookies ??= parseCookies(this.req.headers.cookie);
    return this.cookies.get(name);
  }

  visitor(): string {
    this.drawnId ??= randomUUID();
    return this.drawnId;
  }
}

class BareFacts implements Facts {
  readonly language: string;

  constructor(
    readonly person: Person | null | undefined,
    language: string,
  ) {
    this.language = language.toLowerCase();
  }

  parameter(): undefined {}
  header(): undefined {}
  cookie(): undefined {}

  /** Nobody is drawn without a request: those who ask here only read. */
  visitor(): string {
    return '';
  }
}

/** What is known where there is no request: the person, if that. */
export const factsWithoutRequest = (person: Person | null | undefined, language = ''): Facts =>
  new BareFacts(person, language);

/** Whether sessions and sign-in have handled this request at all; machine routes come without them. */
const knowsUsers = (req: Request): boolean =>
  req.user !== undefined ||
  req.session !== undefined ||
  typeof (req as Partial<Request>).isAuthenticated === 'function';

/** The language that the browser would rather have than any other, in lower case; empty when it names none. */
export function preferredLanguage(header: string | undefined): string {
  let best = '';
  let bestQuality = 0;
  for (const part of (header ?? '').split(',', 50)) {
    const [code = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    if (!/^[a-z]{1,8}(-[a-z0-9]{1,8})*$/.test(code) || !(weight > bestQuality && weight <= 1)) continue;
    best = code;
    bestQuality = weight;
  }
  return best;
}

/** The cookies of a request as they were sent; of two with one name the first counts. */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const name = pair.slice(0, at).trim();
    if (!cookies.has(name))
      cookies.set(
        name,
        pair
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      );
  }
  return cookies;
}
