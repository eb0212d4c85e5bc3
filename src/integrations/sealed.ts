import type { Config } from '../config';
import { type SealedColumn, seal, unseal } from '../lib/seal';

type Keys = Pick<Config, 'encryptionKeys'>;
type Token = 'access_token' | 'refresh_token';

/** Where a token of a connection belongs: it opens for no other person, provider or column. */
const ofConnection = (column: Token, userId: unknown, provider: unknown): string =>
  `integration_connections.${column}:${userId}/${provider}`;
const ofRevocation = (column: Token, reference: unknown): string => `integration_revocations.${column}:${reference}`;
const ofVisit = (stateHash: unknown): string => `integration_visits.verifier:${stateHash}`;

interface Owner {
  readonly userId: number;
  readonly provider: string;
}

/** Tokens of a connection, sealed or in clear. */
export interface TokenPair<Access = string | null> {
  readonly accessToken: Access;
  readonly refreshToken: string | null;
}

/** Seals a person's tokens. */
export const sealTokens = (
  { encryptionKeys }: Keys,
  { userId, provider }: Owner,
  { accessToken, refreshToken }: TokenPair<string>,
): TokenPair<string> => ({
  accessToken: seal(encryptionKeys, ofConnection('access_token', userId, provider), accessToken),
  refreshToken:
    refreshToken === null ? null : seal(encryptionKeys, ofConnection('refresh_token', userId, provider), refreshToken),
});

/** Opens one token of a connection; undefined when there is none, its key is gone or it was tampered with. */
export function openToken({ encryptionKeys }: Keys, owner: Owner & TokenPair, which: 'access' | 'refresh') {
  const envelope = which === 'access' ? owner.accessToken : owner.refreshToken;
  if (envelope === null) return undefined;
  return unseal(encryptionKeys, ofConnection(`${which}_token`, owner.userId, owner.provider), envelope);
}

const sealMaybe = (keys: readonly string[], place: string, text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : seal(keys, place, text);

/** Seals tokens that are only kept until they are revoked. */
export const sealForRevocation = (
  { encryptionKeys }: Keys,
  reference: string,
  { accessToken, refreshToken }: { accessToken?: string | null | undefined; refreshToken?: string | null | undefined },
): TokenPair => ({
  accessToken: sealMaybe(encryptionKeys, ofRevocation('access_token', reference), accessToken),
  refreshToken: sealMaybe(encryptionKeys, ofRevocation('refresh_token', reference), refreshToken),
});

/** Opens tokens that are to be revoked; each is undefined when there is none or it cannot be opened. */
export const openForRevocation = (
  { encryptionKeys }: Keys,
  { reference, accessToken, refreshToken }: TokenPair & { reference: string },
) => ({
  accessToken:
    accessToken === null ? undefined : unseal(encryptionKeys, ofRevocation('access_token', reference), accessToken),
  refreshToken:
    refreshToken === null ? undefined : unseal(encryptionKeys, ofRevocation('refresh_token', reference), refreshToken),
});

/** Seals the PKCE verifier of a visit. */
export const sealVerifier = ({ encryptionKeys }: Keys, stateHash: string, verifier: string): string =>
  seal(encryptionKeys, ofVisit(stateHash), verifier);

/** Opens it; undefined when it cannot be opened. */
export const openVerifier = ({ encryptionKeys }: Keys, stateHash: string, envelope: string): string | undefined =>
  unseal(encryptionKeys, ofVisit(stateHash), envelope);

/** What of this feature is sealed, for `manage rotate-keys`. */
export const sealedColumns: readonly SealedColumn[] = Object.freeze([
  ...(['access_token', 'refresh_token'] as const).flatMap((column): SealedColumn[] => [
    {
      table: 'integration_connections',
      column,
      placedBy: ['user_id', 'provider'],
      place: ({ user_id, provider }) => ofConnection(column, user_id, provider),
    },
    {
      table: 'integration_revocations',
      column,
      placedBy: ['reference'],
      place: ({ reference }) => ofRevocation(column, reference),
    },
  ]),
  {
    table: 'integration_visits',
    column: 'verifier',
    placedBy: ['state_hash'],
    place: ({ state_hash }) => ofVisit(state_hash),
  },
]);
