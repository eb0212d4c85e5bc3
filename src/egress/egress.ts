import type { Agent } from 'undici';
import { boundedBody } from './body';
import { checkedConnector, type Resolve, resolveByDns } from './connect';
import { EgressError } from './errors';
import { EgressRules, type EgressSettings } from './rules';

export interface EgressOptions {
  /** How long the call may take, to the last byte of its answer; 20 seconds unless said otherwise. */
  readonly timeoutMs?: number;
  /** How much of an answer may be read, unpacked; 64 KiB unless said otherwise. */
  readonly maxBytes?: number;
}

/** What every outgoing HTTP call goes through. */
export interface Egress {
  /**
   * As the global function, with these differences: only destinations that the rules allow are connected to, redirects are
   * errors, the answer is limited in time and size, and what fails is an EgressError. Whoever aborts by `signal` gets the
   * signal's own reason. An answer is a stream; who does not read it to its end cancels its body.
   */
  fetch(url: string | URL, init?: RequestInit & EgressOptions): Promise<Response>;
  /** Breaks off what is under way and closes all connections. */
  close(): Promise<void>;
}

export const DEFAULTS = { timeoutMs: 20_000, maxBytes: 64 * 1024 } as const;

/** Connections to one origin at the same time; more calls wait for theirs. */
const CONNECTIONS = 256;
const LARGEST_HEADERS = 16 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Answers that have no body, whatever follows. */
const WITHOUT_BODY = [204, 205, 304];

function toUrl(url: string | URL): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw new EgressError('refused', 'what should be called is no address', { cause });
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** What really happened: undici wraps it into "fetch failed" or "terminated". */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined && !(error instanceof EgressError)
    ? innermost(error.cause)
    : error;
}

function toEgressError(error: unknown, host: string): EgressError {
  const cause = innermost(error);
  if (cause instanceof EgressError) return cause;
  const code = codeOf(cause);
  if (/_TIMEOUT$|^ETIMEDOUT$/.test(code))
    return new EgressError('timeout', `${host} did not answer in time`, { cause });
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return new EgressError('too_large', `${host} sent too large headers`, { cause });
  return new EgressError('unreachable', `${host} cannot be reached${code === '' ? '' : ` (${code})`}`, { cause });
}

/** The headers of a call, with our name where the caller gives none. What cannot be sent is not quoted: it may be a secret. */
function headersOf(init: RequestInit): Headers {
  const headers = toHeaders(init.headers);
  if (!headers.has('User-Agent')) headers.set('User-Agent', 'flagstaff');
  return headers;
}

function toHeaders(given: RequestInit['headers']): Headers {
  try {
    return new Headers(given);
  } catch {
    throw new EgressError('refused', 'a header cannot be sent as it is');
  }
}

/** The one place that opens connections for HTTP. Nothing is loaded and nothing is opened before the first call. */
export function createEgress(settings: EgressSettings, resolve: Resolve = resolveByDns): Egress {
  const rules = new EgressRules(settings);
  let agent: Agent | undefined;
  let isClosed = false;

  async function open(): Promise<{ fetch: typeof import('undici')['fetch']; dispatcher: Agent }> {
    const { Agent, buildConnector, fetch } = await import('undici');
    if (isClosed) throw new EgressError('unreachable', 'the server is stopping');
    agent ??= new Agent({
      connect: checkedConnector(buildConnector, rules, resolve),
      connections: CONNECTIONS,
      maxHeaderSize: LARGEST_HEADERS,
    });
    return { fetch, dispatcher: agent };
  }

  return {
    fetch: async (target, { timeoutMs = DEFAULTS.timeoutMs, maxBytes = DEFAULTS.maxBytes, ...init } = {}) => {
      const url = toUrl(target);
      rules.check(url);
      const headers = headersOf(init);
      init.signal?.throwIfAborted();
      const { fetch, dispatcher } = await open();
      const stop = new AbortController();
      const timer = setTimeout(
        () => stop.abort(new EgressError('timeout', `${url.host} did not answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      timer.unref();
      const signal = AbortSignal.any([stop.signal, ...(init.signal ? [init.signal] : [])]);
      const end = (): void => clearTimeout(timer);
      /** Whoever ended the call says why; otherwise the connection did. */
      const reasonOf = (error: unknown): unknown => (signal.aborted ? signal.reason : toEgressError(error, url.host));
      try {
        const request = { ...init, headers, redirect: 'manual', signal, dispatcher } as RequestInit;
        const answer = await (fetch as unknown as typeof globalThis.fetch)(url, request);
        if (REDIRECTS.includes(answer.status)) {
          throw new EgressError('redirect', `${url.host} answered ${answer.status}, and redirects are not followed`);
        }
        const isEmpty = answer.body === null || WITHOUT_BODY.includes(answer.status);
        const body = isEmpty ? null : boundedBody(answer.body, { maxBytes, host: url.host, reasonOf, stop, end });
        if (isEmpty) end();
        const response = new Response(body, { status: answer.status, headers: [...answer.headers] });
        return Object.defineProperty(response, 'url', { value: url.href });
      } catch (error) {
        end();
        const reason = error instanceof EgressError ? error : reasonOf(error);
        stop.abort(reason);
        throw reason;
      }
    },
    close: async () => {
      isClosed = true;
      await agent?.destroy(new EgressError('unreachable', 'the server is stopping'));
    },
  };
}
