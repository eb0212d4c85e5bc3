/**
 * The path after sign-in: only ever a path of ours. Anything that a browser could read as another place (a scheme,
 * `//host`, backslashes, control characters) gives the fallback.
 */
export function safeNext(next: unknown, fallback = '/'): string {
  if (
    typeof next !== 'string' ||
    next.length > 2000 ||
    !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) ||
    next.includes('\\')
  ) {
    return fallback;
  }
  const base = 'http://flagstaff.invalid';
  try {
    const url = new URL(next, base);
    if (url.origin !== base || url.pathname.startsWith('//')) return fallback;
    return url.pathname + url.search + url.hash;
  } catch {
    return fallback;
  }
}
