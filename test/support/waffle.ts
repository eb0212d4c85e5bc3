import type { Services } from '../../src/services';
import type { Kind } from '../../src/teams';

type Holder = Pick<Services, 'flags'>;

async function override<T>(holder: Holder, kind: Kind, name: string, value: boolean, work: () => T | Promise<T>) {
  const restore = holder.flags.override(kind, name, value);
  try {
    return await work();
  } finally {
    restore();
  }
}

/** Runs `work` while a flag is on or off for everybody, whether it exists or not. Nothing is written. */
export const overrideFlag = <T>(
  services: Holder,
  name: string,
  value: boolean,
  work: () => T | Promise<T>,
): Promise<T> => override(services, 'flag', name, value, work);

/** The same for a switch. */
export const overrideSwitch = <T>(
  services: Holder,
  name: string,
  value: boolean,
  work: () => T | Promise<T>,
): Promise<T> => override(services, 'switch', name, value, work);

/** The same for a sample: in or out at every call. */
export const overrideSample = <T>(
  services: Holder,
  name: string,
  value: boolean,
  work: () => T | Promise<T>,
): Promise<T> => override(services, 'sample', name, value, work);
