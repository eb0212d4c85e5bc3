import type { Context } from './document';

/** Reads an attribute of a context; undefined when it is not there. */
export type Read = (context: Context) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const own = (holder: unknown, name: string): unknown =>
  isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined;

/**
 * Reads what a path names: the attribute of that very name if there is one, else step by step into nested objects. Only
 * what a context has itself counts, so `constructor` and `__proto__` are names like any other.
 */
export function readerOf(path: string): Read {
  const isInherited = path in Object.prototype;
  // What every object inherits has to be told apart; everything else is quicker without looking.
  const flat: Read = isInherited ? (context) => own(context, path) : (context) => context[path];
  if (!path.includes('.')) return flat;
  const steps = path.split('.');
  return (context) => {
    if (Object.hasOwn(context, path)) return context[path];
    let value: unknown = context;
    for (const step of steps) value = own(value, step);
    return value;
  };
}

/** The text that shares and splits place somebody by; undefined for what is neither a text nor a number. */
export const unitOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : Number.isFinite(value) ? String(value) : undefined;
