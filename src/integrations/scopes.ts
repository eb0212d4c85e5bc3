/** Scopes as they are kept: a list in JSON. What is no list of texts counts as none. */
export function toScopes(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : [];
  } catch {
    return [];
  }
}
