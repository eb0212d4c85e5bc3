import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyId = (secret: string): string => createHash('sha256').update(`id:${secret}`).digest('hex').slice(0, 8);
const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'flagstaff seal v1', 32));

/**
 * Encrypts a text for keeping in the database (AES-256-GCM with the first key). `place` says where it belongs, as in
 * `table.column:row`: the envelope opens nowhere else.
 */
export function seal(keys: readonly string[], place: string, text: string): string {
  const [secret] = keys;
  if (secret === undefined) throw new Error('there is no key to seal with');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce);
  cipher.setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `v1.${keyId(secret)}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
}

/** Opens an envelope; undefined when its key is gone, it was changed, or it belongs to another place. */
export function unseal(keys: readonly string[], place: string, envelope: string): string | undefined {
  const [version, id, content] = envelope.split('.');
  const secret = keys.find((key) => keyId(key) === id);
  if (version !== 'v1' || secret === undefined || content === undefined) return undefined;
  const bytes = Buffer.from(content, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

/** A column whose values are sealed, for whoever has to seal them anew. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The columns of the same row that say where a value belongs. */
  readonly placedBy: readonly string[];
  /** The place that a row's value was sealed to. */
  place(row: Readonly<Record<string, unknown>>): string;
}

/** Whether an envelope was made with the first key. */
export const isSealedByFirst = ([first]: readonly string[], envelope: string): boolean =>
  first !== undefined && envelope.startsWith(`v1.${keyId(first)}.`);

/** The same text in an envelope of the first key; undefined when this one does not open. */
export function reseal(keys: readonly string[], place: string, envelope: string): string | undefined {
  const text = unseal(keys, place, envelope);
  return text === undefined ? undefined : seal(keys, place, text);
}
