import type { Flag } from '../../../src/engine';

/** What documents to be validated are made of: nothing is known of it, so that a test may put anything in its place. */
export const plain = {
  key: 'f',
  type: 'boolean' as const,
  variants: { on: true, off: false },
  enabled: true,
  off: 'off',
  rules: [],
  otherwise: null,
};
export const always = { always: true };
export const rule = { id: 'r', when: always, serve: { variant: 'on' } };

/** A document with anything for its flags and segments. */
export const documentOf = (flags: unknown, segments: unknown = []) => ({ version: 1, flags, segments });

/** A flag that is off for everybody, but for what is given. */
export const flag = (parts: Partial<Flag> = {}): Flag => ({ ...plain, otherwise: { variant: 'off' }, ...parts });
