import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseConfig } from './db';
import { Environment, type EnvironmentValues } from './environment';
import type { PrivateTarget } from './lib/private-targets';
import { projectRoot } from './lib/root';

/** Thrown when the environment cannot be used; lists every variable that is wrong and what was expected. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Everything that the environment decides, parsed once at start and frozen. */
export interface Config extends Readonly<Record<ProviderName, OAuthApp>> {
  readonly env: 'development' | 'test' | 'production';
  readonly host: string;
  readonly port: number;
  /** The address people use, without a trailing slash. Links in mail and redirects are built from it alone. */
  readonly baseUrl: string;
  /** Host names that requests may carry; from BASE_URL, plus loopback names outside production. */
  readonly allowedHosts: readonly string[];
  readonly database: DatabaseConfig;
  /** First signs, all verify. */
  readonly sessionSecrets: readonly string[];
  /** First encrypts, all decrypt. */
  readonly encryptionKeys: readonly string[];
  /** Where this process keeps its own files: secrets of development, the last good snapshots. */
  readonly dataDir: string;
  readonly postHog: { readonly apiKey?: string | undefined; readonly host: string };
  /** The service that writes the assistant's answers; without an address they come from the articles alone. */
  readonly assistant: {
    readonly url?: string | undefined;
    readonly apiKey?: string | undefined;
    readonly model?: string | undefined;
    readonly timeoutSeconds: number;
  };
  /** Where outgoing calls may go besides public addresses: what the operator set, and nobody else can. */
  readonly egress: {
    /** Origins of the base addresses that are set, not of those that are a default. */
    readonly origins: readonly string[];
    readonly allowPrivate: readonly PrivateTarget[];
  };
  readonly smtpUrl?: string | undefined;
  readonly mailFrom: string;
  /** Whom security.txt names for reports of weaknesses; the sender of mail when not set. */
  readonly securityContact?: string | undefined;
  readonly waffle: WaffleConfig;
  /** Flags by conditions that are not in the database; see docs/guides/conditions.md. */
  readonly featureFlags: {
    /** The settings file, and whether it was asked for by name. */
    readonly file: string;
    readonly isNamed: boolean;
    /** The variables called FLAG_…, as they were set. */
    readonly variables: Readonly<Record<string, string>>;
  };
  /** Where flags are read from; see docs/guides/storage.md. */
  readonly storage: StorageConfig;
  /** Where it is kept how integrations stand, and for how long; see docs/integrations.md. */
  readonly integrationStatus: {
    readonly cache: { readonly kind: 'memory' } | { readonly kind: 'redis'; readonly url: string };
    readonly ttlSeconds: number;
  };
  /** What is kept of the counts of evaluations, in days, and when a flag counts as stale; see docs/guides/usage.md. */
  readonly usage: {
    readonly minutes: number;
    readonly days: number;
    readonly people: number;
    readonly staleDays: number;
  };
  /** Number of proxies in front of us whose X-Forwarded-* headers count; 0 means none. */
  readonly trustProxy: number;
  readonly logLevel: string;
  readonly demoData: boolean;
  /** One-time token for creating the first superuser in the browser; made at start when not set. */
  readonly setupToken?: string | undefined;
  readonly passwordMinLength: number;
  /** What whoever reads /metrics has to bring; nobody reads them while it is not set. */
  readonly metricsToken?: string | undefined;
  /** How many requests to the API pass in a minute: by one person, and from one address without a person. */
  readonly apiRates: { readonly perPerson: number; readonly perAddress: number };
}

/** A provider that people connect: where it is, and our registration there, both of its values or neither. */
export interface OAuthApp {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Where people say yes. */
  readonly baseUrl: string;
  readonly apiUrl: string;
}

/** Where flags are read from: always the database in the end, straight or through something that is asked first. */
export type StorageConfig =
  | { readonly kind: 'database' }
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'cache'; readonly seconds: number };

/** django-waffle's settings, by the names it gave them. */
export interface WaffleConfig {
  readonly flagDefault: boolean;
  readonly switchDefault: boolean;
  readonly sampleDefault: boolean;
  /** Life of a `dwf_` cookie in seconds. */
  readonly maxAge: number;
  readonly override: boolean;
  readonly createMissingFlags: boolean;
  readonly createMissingSwitches: boolean;
  readonly createMissingSamples: boolean;
}

/**
 * Providers that people connect: where each is unless the environment says otherwise, and where below another base address
 * its API is then expected.
 */
const PROVIDERS = {
  github: { base: 'https://github.com', api: 'https://api.github.com', below: '/api/v3' },
  dropbox: { base: 'https://www.dropbox.com', api: 'https://api.dropboxapi.com', below: '' },
  basecamp: { base: 'https://launchpad.37signals.com', api: 'https://launchpad.37signals.com', below: '' },
  jira: { base: 'https://auth.atlassian.com', api: 'https://api.atlassian.com', below: '' },
  slack: { base: 'https://slack.com', api: 'https://slack.com/api', below: '/api' },
} as const;

/** The providers that people can be connected to, by their slugs. */
export type ProviderName = keyof typeof PROVIDERS;
const providerNames = Object.keys(PROVIDERS) as ProviderName[];

/** A secret that development makes for itself and keeps, so that a restart does not sign everybody out. */
function keptSecret(dataDir: string, name: string): string {
  const file = path.join(dataDir, name);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secret = randomBytes(32).toString('base64url');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

function parseDatabase(url: string): DatabaseConfig {
  if (!url.startsWith('sqlite:')) return { client: 'pg', url };
  const file = url.slice('sqlite:'.length);
  return { client: 'sqlite', filename: file === ':memory:' ? file : path.resolve(projectRoot, file) };
}

function toStorage(values: EnvironmentValues): StorageConfig {
  const {
    FEATURE_FLAGS_STORAGE: kind,
    FEATURE_FLAGS_REDIS_URL: url = '',
    FEATURE_FLAGS_CACHE_SECONDS: seconds,
  } = values;
  if (kind === 'redis') return { kind, url };
  return kind === 'cache' ? { kind, seconds } : { kind };
}

/** A provider as the environment says, and where it is on the internet where it does not. */
function toApp(values: EnvironmentValues, name: ProviderName): OAuthApp {
  const { base, api, below } = PROVIDERS[name];
  const prefix = name.toUpperCase() as Uppercase<ProviderName>;
  const own = values[`${prefix}_BASE_URL`];
  return {
    clientId: values[`${prefix}_CLIENT_ID`],
    clientSecret: values[`${prefix}_CLIENT_SECRET`],
    baseUrl: own ?? base,
    apiUrl: values[`${prefix}_API_URL`] ?? (own === undefined || own === base ? api : own + below),
  };
}

/** Origins of what the environment names as an address to call; our own is none. */
const originsIn = (given: Record<string, string | undefined>): string[] =>
  Object.keys(Environment.shape)
    .filter((name) => /_(?:URL|HOST)$/.test(name) && name !== 'BASE_URL' && /^https?:/.test(given[name] ?? ''))
    .map((name) => new URL(given[name] ?? '').origin);

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Reads the environment into a frozen Config.
 * Empty variables count as not set. Throws ConfigError that names each wrong variable and what was expected.
 */
export function loadConfig(environment: NodeJS.ProcessEnv, options: { dataDir?: string } = {}): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = Environment.safeParse(given);
  const problems = result.success
    ? []
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const values = result.data;
  if (values?.NODE_ENV === 'production') {
    for (const name of ['SESSION_SECRET', 'ENCRYPTION_KEY', 'BASE_URL'] as const) {
      if (values[name] === undefined) problems.push(`${name}: needed in production`);
    }
  }
  for (const name of providerNames) {
    const prefix = name.toUpperCase() as Uppercase<ProviderName>;
    const [id, secret] = [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`] as const;
    if (values !== undefined && (values[id] === undefined) !== (values[secret] === undefined)) {
      problems.push(`${id} and ${secret}: set both or neither`);
    }
  }
  if (values?.ASSISTANT_URL !== undefined && values.ASSISTANT_MODEL === undefined) {
    problems.push('ASSISTANT_MODEL: needed with ASSISTANT_URL');
  }
  if (values?.FEATURE_FLAGS_STORAGE === 'redis' && values.FEATURE_FLAGS_REDIS_URL === undefined) {
    problems.push('FEATURE_FLAGS_REDIS_URL: needed with FEATURE_FLAGS_STORAGE=redis');
  }
  if (values?.INTEGRATION_STATUS_CACHE === 'redis' && values.INTEGRATION_STATUS_REDIS_URL === undefined) {
    problems.push('INTEGRATION_STATUS_REDIS_URL: needed with INTEGRATION_STATUS_CACHE=redis');
  }
  if (values === undefined || problems.length > 0) throw new ConfigError(problems);

  const production = values.NODE_ENV === 'production';
  const dataDir = options.dataDir ?? path.resolve(projectRoot, values.DATA_DIR ?? 'data');
  const host = values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1');
  const baseUrl = values.BASE_URL ?? `http://${LOOPBACK.includes(host) ? host : 'localhost'}:${values.PORT}`;
  const config: Config = {
    env: values.NODE_ENV,
    host,
    port: values.PORT,
    baseUrl,
    allowedHosts: [new URL(baseUrl).hostname, ...(production ? [] : LOOPBACK)],
    database: parseDatabase(values.DATABASE_URL),
    sessionSecrets: values.SESSION_SECRET ?? [keptSecret(dataDir, 'session-secret')],
    encryptionKeys: values.ENCRYPTION_KEY ?? [keptSecret(dataDir, 'encryption-key')],
    dataDir,
    ...(Object.fromEntries(providerNames.map((name) => [name, toApp(values, name)])) as Record<ProviderName, OAuthApp>),
    postHog: { apiKey: values.POSTHOG_API_KEY, host: values.POSTHOG_HOST },
    assistant: {
      url: values.ASSISTANT_URL,
      apiKey: values.ASSISTANT_API_KEY,
      model: values.ASSISTANT_MODEL,
      timeoutSeconds: values.ASSISTANT_TIMEOUT,
    },
    egress: { origins: originsIn(given), allowPrivate: values.EGRESS_ALLOW_PRIVATE ?? [] },
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    securityContact: values.SECURITY_CONTACT,
    waffle: {
      flagDefault: values.WAFFLE_FLAG_DEFAULT,
      switchDefault: values.WAFFLE_SWITCH_DEFAULT,
      sampleDefault: values.WAFFLE_SAMPLE_DEFAULT,
      maxAge: values.WAFFLE_MAX_AGE,
      override: values.WAFFLE_OVERRIDE,
      createMissingFlags: values.WAFFLE_CREATE_MISSING_FLAGS,
      createMissingSwitches: values.WAFFLE_CREATE_MISSING_SWITCHES,
      createMissingSamples: values.WAFFLE_CREATE_MISSING_SAMPLES,
    },
    featureFlags: {
      file: path.resolve(values.FEATURE_FLAGS_FILE ?? 'flags.yaml'),
      isNamed: values.FEATURE_FLAGS_FILE !== undefined,
      variables: Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith('FLAG_'))) as Record<
        string,
        string
      >,
    },
    storage: toStorage(values),
    integrationStatus: {
      cache:
        values.INTEGRATION_STATUS_CACHE === 'redis'
          ? { kind: 'redis', url: values.INTEGRATION_STATUS_REDIS_URL ?? '' }
          : { kind: 'memory' },
      ttlSeconds: values.INTEGRATION_STATUS_TTL_SECONDS,
    },
    usage: {
      minutes: values.USAGE_MINUTES_KEPT_DAYS,
      days: values.USAGE_DAYS_KEPT_DAYS,
      people: values.USAGE_PEOPLE_KEPT_DAYS,
      staleDays: values.FEATURE_FLAGS_STALE_DAYS,
    },
    trustProxy: values.TRUST_PROXY,
    logLevel: values.LOG_LEVEL,
    demoData: values.DEMO_DATA ?? values.NODE_ENV === 'development',
    setupToken: values.SETUP_TOKEN,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    metricsToken: values.METRICS_TOKEN,
    apiRates: { perPerson: values.API_RATE_PER_PERSON, perAddress: values.API_RATE_PER_ADDRESS },
  };
  return deepFreeze(config);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
