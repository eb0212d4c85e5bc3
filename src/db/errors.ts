function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}

/** Whether a statement failed because a unique value is taken. */
export function isUniqueViolation(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'].includes(codeOf(error));
}

/** Whether a statement failed because another row refers to this one, or the row referred to is gone. */
export function isForeignKeyViolation(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_FOREIGNKEY', '23503'].includes(codeOf(error));
}

/** Whether trying the same transaction again can succeed: a lock, a deadlock or a serialization failure. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code === '40001' || code === '40P01';
}

const CONNECTION_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08006',
];

/** Whether the database does not answer, is locked or has no room: an outage, not a fault of ours. */
export function isOutage(error: unknown): boolean {
  if (isTransient(error)) return true;
  const code = codeOf(error);
  if (CONNECTION_CODES.includes(code) || code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR')) return true;
  return (
    error instanceof Error &&
    // Knex writes the statement in front of what the driver says.
    (error.name === 'KnexTimeoutError' ||
      /(^| - )(Connection terminated|timeout expired|Client (was closed|has encountered a connection error))/.test(
        error.message,
      ))
  );
}
