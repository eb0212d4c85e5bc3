/** One thing that an integration brings, as its card says it. */
export interface Benefit {
  readonly title: string;
  readonly description: string;
}

/** An integration as the code declares it. Who sees it as available is for `status.ts` to say. */
export interface Integration {
  /** Its name in addresses, in the table of interest and in tracked events. */
  readonly slug: string;
  readonly name: string;
  /** `always` and `never` whatever a flag says; `flag` asks the flag below. */
  readonly availability: 'always' | 'never' | 'flag';
  /** The global flag that belongs to it; staff find it at /admin/teams/flag/. */
  readonly flag: string | null;
  readonly iconClass: string;
  /** A class of ours that sets the brand's colour in both themes. */
  readonly iconColor: string;
  readonly description: string;
  readonly benefits: readonly [Benefit, Benefit, Benefit];
  /** The environment variables without which nobody can connect. */
  readonly variables: readonly string[];
}

/** GitHub, where everybody starts: never behind a flag. */
export const github = {
  slug: 'github',
  name: 'GitHub',
  availability: 'always',
  flag: null,
  iconClass: 'fa-brands fa-github',
  iconColor: 'ff-tone-github',
  description: 'Start from the repositories your team works in',
  benefits: [
    { title: 'Repository sync', description: 'Bring in the repositories your account can see' },
    { title: 'Progress you can watch', description: 'A first sync that picks up where it stopped' },
    { title: 'One sign-in', description: 'Use the GitHub account you already have' },
  ],
  variables: ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
} as const satisfies Integration;

const jira = {
  slug: 'jira',
  name: 'Jira',
  availability: 'flag',
  flag: 'integration_jira_enabled',
  iconClass: 'fa-brands fa-jira',
  iconColor: 'ff-tone-jira',
  description: 'Connect engineering work to the plan it belongs to',
  benefits: [
    { title: 'Sprint velocity', description: 'Track story points delivered per sprint' },
    { title: 'Issue cycle time', description: 'Measure time from start to done' },
    { title: 'PR-to-issue linking', description: 'Connect code changes to business outcomes' },
  ],
  variables: ['JIRA_CLIENT_ID', 'JIRA_CLIENT_SECRET'],
} as const satisfies Integration;

const copilot = {
  slug: 'copilot',
  name: 'GitHub Copilot',
  availability: 'flag',
  flag: 'integration_copilot_enabled',
  iconClass: 'fa-brands fa-copilot',
  iconColor: 'ff-tone-copilot',
  description: 'See what AI assistance does for your team',
  benefits: [
    { title: 'Acceptance rate', description: 'Track how often suggestions are accepted' },
    { title: 'Lines of code', description: 'Measure AI-generated code volume' },
    { title: 'Time savings', description: 'Estimate productivity gains from AI' },
  ],
  variables: ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
} as const satisfies Integration;

const slack = {
  slug: 'slack',
  name: 'Slack',
  availability: 'flag',
  flag: 'integration_slack_enabled',
  iconClass: 'fa-brands fa-slack',
  iconColor: 'ff-tone-slack',
  description: 'Ask and tell where your team already talks',
  benefits: [
    { title: 'PR surveys via DM', description: 'Quick 1-click surveys to capture AI-assisted PRs' },
    { title: 'Weekly leaderboards', description: 'Gamified AI Detective rankings' },
    { title: 'Higher response rates', description: 'Meet developers where they work' },
  ],
  variables: ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET'],
} as const satisfies Integration;

const googleWorkspace = {
  slug: 'google_workspace',
  name: 'Google Workspace',
  availability: 'never',
  flag: 'integration_google_workspace_enabled',
  iconClass: 'fa-brands fa-google',
  iconColor: 'ff-tone-google-workspace',
  description: 'Track communication workload in calendars',
  benefits: [
    { title: 'Meeting time analysis', description: 'Track time spent in meetings vs coding' },
    { title: 'Focus time patterns', description: 'Identify optimal deep work windows' },
    { title: 'Team availability', description: 'Optimize collaboration windows' },
  ],
  variables: [],
} as const satisfies Integration;

const dropbox = {
  slug: 'dropbox',
  name: 'Dropbox',
  availability: 'flag',
  flag: 'integration_dropbox_enabled',
  iconClass: 'fa-brands fa-dropbox',
  iconColor: 'ff-tone-dropbox',
  description: 'See the files that the work is about',
  benefits: [
    { title: 'Files in reach', description: 'Find what belongs to a project without leaving it' },
    { title: 'Access that lasts', description: 'Work in the background goes on while you are away' },
    { title: 'Names, not contents', description: 'Only what files are called and where they are is read' },
  ],
  variables: ['DROPBOX_CLIENT_ID', 'DROPBOX_CLIENT_SECRET'],
} as const satisfies Integration;

const basecamp = {
  slug: 'basecamp',
  name: 'Basecamp',
  availability: 'flag',
  flag: 'integration_basecamp_enabled',
  iconClass: 'fa-solid fa-mountain-sun',
  iconColor: 'ff-tone-basecamp',
  description: 'Bring projects and their progress along',
  benefits: [
    { title: 'Projects in one place', description: 'Use the projects that your team has in Basecamp' },
    { title: 'To-dos beside the code', description: 'Connect what is planned to what is built' },
    { title: 'One account', description: 'Sign in once at 37signals for all of them' },
  ],
  variables: ['BASECAMP_CLIENT_ID', 'BASECAMP_CLIENT_SECRET'],
} as const satisfies Integration;

/** The integrations that a flag can bring, in the order of their cards. */
export const optionalIntegrations: readonly Integration[] = Object.freeze([jira, copilot, slack, googleWorkspace]);

/** Every integration, in the order of the cards. */
export const allIntegrations: readonly Integration[] = Object.freeze([
  github,
  ...optionalIntegrations,
  dropbox,
  basecamp,
]);

const bySlug = new Map<string, Integration>(allIntegrations.map((entry) => [entry.slug, entry]));

/** The integration of that slug, GitHub included; nothing when there is none. */
export const findIntegration = (slug: string): Integration | undefined => bySlug.get(slug);
