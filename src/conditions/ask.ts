import type { Request } from 'express';
import type { ConditionContext } from './facts';
import type { FeatureFlagsManager } from './manager';

/** The flags of the application that serves a request. */
export const flagsOf = (req: Request): FeatureFlagsManager => req.app.get('conditionFlags') as FeatureFlagsManager;

/** Whether a flag is on for a request. From memory; never throws. */
export const isEnabled = (req: Request, name: string): boolean => flagsOf(req).isEnabled(name, req);

/** Whether a flag is off for a request, or known to nobody. From memory; never throws. */
export const isDisabled = (req: Request, name: string): boolean => flagsOf(req).isDisabled(name, req);

/**
 * One of two by a flag, for code that goes on either way: two serializers, two versions of an answer. Where there is no
 * request, the flags are asked with what is known instead.
 */
export function pickByFlag<T>(
  asked: Request | { readonly flags: FeatureFlagsManager; readonly context?: ConditionContext },
  name: string,
  { on, off }: { readonly on: T; readonly off: T },
): T {
  const enabled = 'flags' in asked ? asked.flags.isEnabled(name, asked.context) : isEnabled(asked, name);
  return enabled ? on : off;
}
