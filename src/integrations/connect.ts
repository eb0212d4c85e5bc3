import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import type { Actor } from '../lib/viewer';
import { whoAmI } from './accounts';
import type { OAuthParts } from './answers';
import { authorizationUrl, exchangeCode, newSecrets, type Tokens } from './oauth';
import { ProviderProblem } from './problems';
import type { Account, Provider } from './providers';
import { lockStored, saveConnection } from './queries-connections';
import { insertVisit, keepNewestVisits, takeVisit, type Visit } from './queries-visits';
import { keepOldTokens, type ReleaseParts, revokeLater } from './release';
import { bumpConnections } from './scope';
import { openVerifier, sealTokens, sealVerifier } from './sealed';

export interface ConnectParts extends OAuthParts, ReleaseParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Says within this process that what somebody has connected is not what it was. */
  readonly changed: (userId: number, provider: string) => void;
}

/** Who visits a provider, in which session. */
export interface Visitor {
  readonly user: { readonly id: number; readonly email: string };
  readonly sessionId: string;
}

/** What a provider's address brought back, as it stood there. */
export interface Answer {
  readonly state: string;
  readonly code: string;
  readonly error: string;
}

export type Connected =
  /** The visit is over, or it never was one of this person in this session. */
  | { readonly outcome: 'stale' }
  /** The person said no. */
  | { readonly outcome: 'declined'; readonly next: string }
  | { readonly outcome: 'failed'; readonly next: string; readonly problem: ProviderProblem }
  | { readonly outcome: 'connected'; readonly next: string; readonly account: Account };

/** How long a visit may take. */
export const LONGEST_VISIT_MS = 10 * 60_000;
/** Windows in which one person may be on the way to a provider. */
const MOST_VISITS = 10;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What the audit log calls a connection. */
export const auditedConnection = (id: number, provider: string, email: string) => ({
  objectType: 'integrations.connection',
  objectId: id,
  objectLabel: `${provider}: ${email}`,
});

/** Begins a visit to a provider and gives the address to send the person to. */
export async function beginVisit(
  parts: ConnectParts,
  provider: Provider,
  { user, sessionId }: Visitor,
  next: string,
): Promise<URL> {
  const secrets = newSecrets();
  const url = await authorizationUrl(parts, provider, secrets);
  const now = parts.clock.now();
  const stateHash = digest(secrets.state);
  const visit: Visit = {
    stateHash,
    sessionHash: digest(sessionId),
    userId: user.id,
    provider: provider.slug,
    verifier: sealVerifier(parts.config, stateHash, secrets.verifier),
    next,
    expiresAt: new Date(now.getTime() + LONGEST_VISIT_MS),
  };
  await inTransaction(parts.db, async (trx) => {
    await insertVisit(trx, visit, now);
    await keepNewestVisits(trx, user.id, MOST_VISITS);
  });
  return url;
}

/** Scopes that were asked for and not given; whether a refresh token came is looked at by itself. */
const withheld = ({ scopes: needed }: Provider, { scopes: granted }: Tokens): string[] =>
  granted === null ? [] : needed.filter((scope) => scope !== 'offline_access' && !granted.includes(scope));

/** Exchanges the code, finds out whose tokens came, and keeps them. Tokens that do not end as a connection are revoked. */
async function receive(
  parts: ConnectParts,
  provider: Provider,
  { visit, state, code }: { visit: Visit; state: string; code: string },
  user: Visitor['user'],
  actor: Actor,
): Promise<Account> {
  const verifier = openVerifier(parts.config, visit.stateHash, visit.verifier);
  if (verifier === undefined) throw new ProviderProblem('refused', 'This visit cannot be finished; begin it again.');
  if (code === '') throw new ProviderProblem('malformed', `${provider.name} sent an answer that cannot be read.`);
  const tokens = await exchangeCode(parts, provider, { state, verifier }, code);
  try {
    const missing = withheld(provider, tokens);
    if (missing.length > 0) {
      throw new ProviderProblem('refused', `${provider.name} did not grant what is needed: ${missing.join(', ')}.`);
    }
    const account = await whoAmI(parts, provider, tokens.accessToken);
    await keep(parts, provider, user, tokens, account, actor);
    return account;
  } catch (error) {
    await revokeLater(parts, provider.slug, tokens);
    throw error;
  }
}

/**
 * Ends a visit with what the provider brought back: keeps the connection in the place of an earlier one, or nothing at all.
 * A visit counts once, for its person in its session, within ten minutes.
 */
export async function endVisit(
  parts: ConnectParts,
  provider: Provider,
  { user, sessionId }: Visitor,
  { state, code, error }: Answer,
  actor: Actor,
): Promise<Connected> {
  const { db, clock } = parts;
  const by = { stateHash: digest(state), sessionHash: digest(sessionId), userId: user.id, provider: provider.slug };
  const visit = await inTransaction(db, (trx) => takeVisit(trx, by));
  if (visit === undefined || visit.expiresAt <= clock.now()) return { outcome: 'stale' };
  const { next } = visit;
  if (error === 'access_denied') return { outcome: 'declined', next };
  try {
    if (error !== '') throw new ProviderProblem('refused', `${provider.name} could not let you through.`);
    const account = await receive(parts, provider, { visit, state, code }, user, actor);
    parts.changed(user.id, provider.slug);
    return { outcome: 'connected', next, account };
  } catch (problem) {
    if (problem instanceof ProviderProblem) return { outcome: 'failed', next, problem };
    throw problem;
  }
}

/** When an access token runs out. */
export const expiryOf = ({ expiresIn }: Tokens, now: Date): Date | null =>
  expiresIn === null ? null : new Date(now.getTime() + expiresIn * 1000);

/** Keeps the tokens in the place of what was connected before; the tokens of another account are revoked. */
async function keep(
  parts: ConnectParts,
  provider: Provider,
  user: Visitor['user'],
  tokens: Tokens,
  account: Account,
  actor: Actor,
): Promise<void> {
  const { db, clock, config } = parts;
  const owner = { userId: user.id, provider: provider.slug };
  const sealed = sealTokens(config, owner, tokens);
  await inTransaction(db, async (trx) => {
    const now = clock.now();
    const before = (await lockStored(trx, { people: [user.id] })).find((each) => each.provider === provider.slug);
    // The same account may be given the same tokens once more, or all of its tokens end with one of them.
    if (before !== undefined && before.externalId !== account.id)
      await keepOldTokens(trx, parts, before, { byJob: true });
    const scopes = tokens.scopes ?? provider.scopes;
    const expiresAt = expiryOf(tokens, now);
    const { id: externalId, name: externalName } = account;
    const id = await saveConnection(trx, { ...owner, externalId, externalName, scopes, ...sealed, expiresAt }, now);
    await recordAudit(trx, clock, actor, {
      action: 'connect',
      ...auditedConnection(id, provider.name, user.email),
      after: { external_id: externalId, external_name: externalName, scopes: scopes.join(' ') },
      message: `Connected ${provider.name} as ${externalName}.`,
    });
    await bumpConnections(trx);
  });
}
