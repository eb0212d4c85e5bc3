import type { Config } from '../config';
import type { Services } from '../services';

/** How bad a finding is: an error must be put right, a warning should be looked at. */
export type Level = 'error' | 'warning';

/** Something that is not as it should be. The id stays the same for ever, so that people can look it up. */
export interface Finding {
  /** `<part>.E001` for errors, `<part>.W001` for warnings. */
  readonly id: string;
  readonly level: Level;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What a check may look at. */
export interface CheckContext {
  readonly config: Config;
  readonly services: Services;
  readonly environment: NodeJS.ProcessEnv;
  /** The number of the user that the process runs as; undefined on Windows. */
  readonly userId: number | undefined;
}

export type Check = (context: CheckContext) => Finding[] | Promise<Finding[]>;

interface Registered {
  readonly check: Check;
  /** Only asked with `--deploy`: about a machine that the world can reach. */
  readonly deploy: boolean;
}

const registry = new Map<string, Registered>();

/**
 * Adds a check to `manage check`. `name` says what it looks at, and registering it again replaces the one before.
 * With `deploy` it is only asked by `check --deploy`.
 */
export function registerCheck(name: string, check: Check, options: { deploy?: boolean } = {}): void {
  registry.set(name, { check, deploy: options.deploy ?? false });
}

/** Takes a check out again. */
export const unregisterCheck = (name: string): boolean => registry.delete(name);

/** Makes an error with its id. */
export const fault = (id: string, message: string, hint?: string): Finding => ({
  id,
  level: 'error',
  message,
  ...(hint === undefined ? {} : { hint }),
});

/** Makes a warning with its id. */
export const caution = (id: string, message: string, hint?: string): Finding => ({
  ...fault(id, message, hint),
  level: 'warning',
});

/** Asks every check; one that fails itself is a finding too. Errors come first, then by id. */
export async function runChecks(context: CheckContext, options: { deploy: boolean }): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, { check, deploy }] of registry) {
    if (deploy && !options.deploy) continue;
    try {
      findings.push(...(await check(context)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      findings.push(fault('flagstaff.E002', `The check “${name}” could not be made: ${reason}`));
    }
  }
  return findings.sort((a, b) => a.level.localeCompare(b.level) || a.id.localeCompare(b.id));
}
