import type { Config } from '../config';
import type { Integration } from './catalogue';

/** One environment variable that connecting needs, and whether this process was started with it. */
export interface RequiredVariable {
  readonly name: string;
  readonly isSet: boolean;
}

/** What connecting an integration needs from the environment, variable by variable; never a value. */
export function requiredVariables({ variables }: Integration, config: Config): RequiredVariable[] {
  const values: Record<string, string | undefined> = {
    GITHUB_CLIENT_ID: config.github.clientId,
    GITHUB_CLIENT_SECRET: config.github.clientSecret,
    DROPBOX_CLIENT_ID: config.dropbox.clientId,
    DROPBOX_CLIENT_SECRET: config.dropbox.clientSecret,
    BASECAMP_CLIENT_ID: config.basecamp.clientId,
    BASECAMP_CLIENT_SECRET: config.basecamp.clientSecret,
    JIRA_CLIENT_ID: config.jira.clientId,
    JIRA_CLIENT_SECRET: config.jira.clientSecret,
    SLACK_CLIENT_ID: config.slack.clientId,
    SLACK_CLIENT_SECRET: config.slack.clientSecret,
  };
  return variables.map((name) => ({ name, isSet: values[name] !== undefined }));
}
