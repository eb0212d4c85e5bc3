import type { RulesetSource } from '../../../src/snapshots';

/** A source that fails whatever it is asked, for the tests of everything that stands on one. */
export const raisingSource = (message = 'nothing can be read'): RulesetSource => {
  const fail = (): Promise<never> => Promise.reject(new Error(message));
  return {
    load: fail,
    revision: fail,
    subscribe: () => () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
    health: () => [],
  };
};

/** A source that never answers. */
export const hangingSource = (): RulesetSource => {
  const hang = (): Promise<never> => new Promise(() => undefined);
  return { ...raisingSource(), load: hang, revision: hang };
};
