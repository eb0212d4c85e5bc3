import type { Config } from '../config';
import type { Integration } from './catalogue';
import { providers } from './providers';

/** One environment variable that connecting needs, and whether this process was started with it. */
export interface RequiredVariable {
  readonly name: string;
  readonly isSet: boolean;
}

/** What connecting an integration needs from the environment, variable by variable; never a value. */
export function requiredVariables({ variables }: Integration, config: Config): RequiredVariable[] {
  const values = new Map(
    providers.flatMap(({ slug }): [string, string | undefined][] => [
      [`${slug.toUpperCase()}_CLIENT_ID`, config[slug].clientId],
      [`${slug.toUpperCase()}_CLIENT_SECRET`, config[slug].clientSecret],
    ]),
  );
  return variables.map((name) => ({ name, isSet: values.get(name) !== undefined }));
}
