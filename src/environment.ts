import { z } from 'zod';
import { parsePrivateTarget } from './lib/private-targets';

const DAY = 24 * 60 * 60;

const truth = z
  .enum(['1', '0', 'true', 'false', 'yes', 'no', 'on', 'off'], { error: 'expected one of 1, 0, true, false' })
  .transform((text) => ['1', 'true', 'yes', 'on'].includes(text));

const flag = (fallback: boolean) => truth.default(fallback);

const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: `expected a whole number from ${min} to ${max}` })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `expected a whole number from ${min} to ${max}` })
    .default(fallback);

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected an address that starts with http:// or https://' })
  .transform((text) => text.replace(/\/+$/, ''));

const secretList = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every((part) => Buffer.byteLength(part) >= 32 && new Set(part).size >= 8), {
    error: 'expected random text of at least 32 characters (several, separated by commas, to rotate)',
  });

const redisUrl = z.string().regex(/^rediss?:\/\/[^\s/?#]+(\/\d{0,5})?$/, {
  error: 'expected redis://[user:password@]host[:port][/number of the database], or the same with rediss://',
});

const privateTargets = z.string().transform((text, context) =>
  text.split(',').flatMap((part) => {
    const target = parsePrivateTarget(part);
    if (target !== undefined) return target;
    const message = `expected hosts, addresses or blocks like 10.0.0.0/8, separated by commas; not "${part.trim()}"`;
    context.addIssue({ code: 'custom', message });
    return [];
  }),
);

/** Every variable that the product reads: what it may be, and what it is when nobody sets it. */
export const Environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().min(1).optional(),
  PORT: integer(0, 65535, 3000),
  BASE_URL: httpUrl.optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, { error: 'expected sqlite:<file> or postgres://…' })
    .default('sqlite:data/flagstaff.sqlite3'),
  SESSION_SECRET: secretList.optional(),
  ENCRYPTION_KEY: secretList.optional(),
  POSTHOG_API_KEY: z.string().optional(),
  POSTHOG_HOST: httpUrl.default('https://us.i.posthog.com'),
  ASSISTANT_URL: httpUrl.optional(),
  ASSISTANT_API_KEY: z.string().optional(),
  ASSISTANT_MODEL: z.string().optional(),
  ASSISTANT_TIMEOUT: integer(1, 120, 30),
  EGRESS_ALLOW_PRIVATE: privateTargets.optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/.+$/, { error: 'expected smtp://… or smtps://…' })
    .optional(),
  MAIL_FROM: z.string().min(3).default('Flagstaff <flagstaff@localhost>'),
  SECURITY_CONTACT: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, { error: 'expected mailto:… or https://…' })
    .optional(),
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  GITHUB_BASE_URL: httpUrl.optional(),
  GITHUB_API_URL: httpUrl.optional(),
  DROPBOX_CLIENT_ID: z.string().optional(),
  DROPBOX_CLIENT_SECRET: z.string().optional(),
  DROPBOX_BASE_URL: httpUrl.optional(),
  DROPBOX_API_URL: httpUrl.optional(),
  BASECAMP_CLIENT_ID: z.string().optional(),
  BASECAMP_CLIENT_SECRET: z.string().optional(),
  BASECAMP_BASE_URL: httpUrl.optional(),
  BASECAMP_API_URL: httpUrl.optional(),
  JIRA_CLIENT_ID: z.string().optional(),
  JIRA_CLIENT_SECRET: z.string().optional(),
  JIRA_BASE_URL: httpUrl.optional(),
  JIRA_API_URL: httpUrl.optional(),
  SLACK_CLIENT_ID: z.string().optional(),
  SLACK_CLIENT_SECRET: z.string().optional(),
  SLACK_BASE_URL: httpUrl.optional(),
  SLACK_API_URL: httpUrl.optional(),
  WAFFLE_FLAG_DEFAULT: flag(false),
  WAFFLE_SWITCH_DEFAULT: flag(false),
  WAFFLE_SAMPLE_DEFAULT: flag(false),
  WAFFLE_MAX_AGE: integer(1, 10 * 365 * DAY, 30 * DAY),
  WAFFLE_OVERRIDE: flag(false),
  WAFFLE_CREATE_MISSING_FLAGS: flag(false),
  WAFFLE_CREATE_MISSING_SWITCHES: flag(false),
  WAFFLE_CREATE_MISSING_SAMPLES: flag(false),
  FEATURE_FLAGS_FILE: z.string().optional(),
  FEATURE_FLAGS_STORAGE: z
    .enum(['database', 'redis', 'cache'], { error: 'expected database, redis or cache' })
    .default('database'),
  FEATURE_FLAGS_REDIS_URL: redisUrl.optional(),
  FEATURE_FLAGS_CACHE_SECONDS: integer(1, 3_600, 30),
  FEATURE_FLAGS_STALE_DAYS: integer(1, 3_650, 30),
  INTEGRATION_STATUS_CACHE: z.enum(['memory', 'redis'], { error: 'expected memory or redis' }).default('memory'),
  INTEGRATION_STATUS_REDIS_URL: redisUrl.optional(),
  INTEGRATION_STATUS_TTL_SECONDS: integer(1, 86_400, 600),
  USAGE_MINUTES_KEPT_DAYS: integer(1, 366, 7),
  USAGE_DAYS_KEPT_DAYS: integer(31, 36_500, 730),
  USAGE_PEOPLE_KEPT_DAYS: integer(1, 3_650, 30),
  DATA_DIR: z.string().min(1).optional(),
  TRUST_PROXY: integer(0, 10, 0),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  DEMO_DATA: truth.optional(),
  SETUP_TOKEN: z.string().min(16, { error: 'expected at least 16 characters' }).optional(),
  PASSWORD_MIN_LENGTH: integer(8, 64, 12),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, { error: 'expected at least 16 characters without spaces' })
    .optional(),
  API_RATE_PER_PERSON: integer(1, 1_000_000, 1_200),
  API_RATE_PER_ADDRESS: integer(1, 1_000_000, 120),
});

/** The variables as they were read. */
export type EnvironmentValues = z.infer<typeof Environment>;
