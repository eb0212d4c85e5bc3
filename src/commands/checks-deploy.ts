import { SIGN_INS } from '../demo';
import { type CheckContext, caution, type Finding, fault } from './checks';
import { countSuperusers, hasTable, listActiveAmong } from './queries';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|::1|0\.0\.0\.0)$/;
const GUESSABLE =
  /secret|password|passw0rd|change|example|default|test|demo|flagstaff|sample|12345|abcde|qwert|aaaa|0000/i;
const REPETITION = /^(.{1,32}?)\1+$/;
const ENOUGH_BITS = 100;

/** How much there is to guess in a text, judged by how often each character comes. */
function bitsIn(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  let each = 0;
  for (const count of counts.values()) each -= (count / text.length) * Math.log2(count / text.length);
  return each * text.length;
}

const isWeak = (secret: string): boolean =>
  GUESSABLE.test(secret) || REPETITION.test(secret) || bitsIn(secret) < ENOUGH_BITS;

const RANDOM = 'Make one with: openssl rand -base64 48';

/** SESSION_SECRET and ENCRYPTION_KEY: set on purpose, hard to guess, and not one for both. */
export function checkSecrets({ config, environment }: CheckContext): Finding[] {
  const findings: Finding[] = [];
  const isSet = (name: string) => (environment[name] ?? '') !== '';
  if (!isSet('SESSION_SECRET')) findings.push(fault('security.E001', 'SESSION_SECRET is not set.', RANDOM));
  else if (config.sessionSecrets.some(isWeak))
    findings.push(
      fault(
        'security.E002',
        'SESSION_SECRET can be guessed.',
        `${RANDOM} Put it before the old one, with a comma between.`,
      ),
    );
  if (!isSet('ENCRYPTION_KEY')) findings.push(fault('security.E003', 'ENCRYPTION_KEY is not set.', RANDOM));
  else if (config.encryptionKeys.some(isWeak))
    findings.push(
      fault(
        'security.E004',
        'ENCRYPTION_KEY can be guessed.',
        `${RANDOM} Put it before the old one, with a comma between.`,
      ),
    );
  if (config.sessionSecrets.some((secret) => config.encryptionKeys.includes(secret)))
    findings.push(fault('security.E005', 'SESSION_SECRET and ENCRYPTION_KEY are the same.', 'Use one for each.'));
  return findings;
}

/** BASE_URL, and what follows from it for cookies and proxies. */
export function checkAddress({ config }: CheckContext): Finding[] {
  const { protocol, hostname } = new URL(config.baseUrl);
  const findings: Finding[] = [];
  if (LOOPBACK.test(hostname))
    findings.push(
      fault(
        'security.E006',
        `BASE_URL is ${config.baseUrl}, which only this machine can reach.`,
        'Set BASE_URL to the address that people use.',
      ),
    );
  if (protocol !== 'https:') {
    findings.push(
      fault(
        'security.E007',
        'BASE_URL is not https, so passwords and cookies travel in the clear.',
        'Put a proxy that speaks HTTPS in front and set BASE_URL to its address.',
      ),
      fault(
        'security.E008',
        'The session cookie is sent without Secure.',
        'It gets Secure and the __Host- prefix as soon as BASE_URL is https.',
      ),
    );
  } else if (config.trustProxy === 0) {
    findings.push(
      fault(
        'security.E009',
        'BASE_URL is https, so a proxy stands in front, but TRUST_PROXY is 0: every request seems to come from the proxy.',
        'Set TRUST_PROXY to the number of proxies, mostly 1.',
      ),
    );
  }
  return findings;
}

/** Settings that belong to a developer's machine. */
export function checkSettings({ config }: CheckContext): Finding[] {
  const findings: Finding[] = [];
  if (config.env !== 'production')
    findings.push(fault('security.E010', `NODE_ENV is ${config.env}.`, 'Set NODE_ENV=production.'));
  if (config.waffle.override)
    findings.push(
      fault(
        'security.E011',
        'WAFFLE_OVERRIDE lets anybody switch any flag through the address.',
        'Unset WAFFLE_OVERRIDE.',
      ),
    );
  if (config.demoData) findings.push(fault('security.E012', 'DEMO_DATA is on.', 'Unset DEMO_DATA.'));
  if (['debug', 'trace'].includes(config.logLevel))
    findings.push(
      caution(
        'security.W001',
        `LOG_LEVEL is ${config.logLevel}, which writes down more than anybody needs.`,
        'Set LOG_LEVEL=info.',
      ),
    );
  return findings;
}

/** Mail: without it nobody can reset a password. */
export function checkMail({ config }: CheckContext): Finding[] {
  const findings: Finding[] = [];
  if (config.smtpUrl === undefined)
    findings.push(
      fault(
        'security.E013',
        'SMTP_URL is not set, so nobody can reset a password or hear of a changed one.',
        'Set SMTP_URL, like smtps://user:password@mail.example.com.',
      ),
    );
  else if (new URL(config.smtpUrl).protocol === 'smtp:' && !LOOPBACK.test(new URL(config.smtpUrl).hostname))
    findings.push(
      caution(
        'security.W002',
        'SMTP_URL begins with smtp://, so links for resetting passwords may travel in the clear.',
        'Use smtps:// if the mail server offers it.',
      ),
    );
  if (/@localhost\b/.test(config.mailFrom))
    findings.push(
      fault(
        'security.E014',
        `MAIL_FROM is ${config.mailFrom}, which other mail servers refuse.`,
        'Set MAIL_FROM to an address of your domain.',
      ),
    );
  return findings;
}

/** Accounts that everybody knows, and doors that should be closed by now. */
export async function checkAccounts({ config, services: { db } }: CheckContext): Promise<Finding[]> {
  if (!(await hasTable(db, 'auth_user').catch(() => false))) return []; // the database has its own check
  const findings: Finding[] = [];
  const demo = await listActiveAmong(
    db,
    SIGN_INS.map(({ email }) => email),
  );
  if (demo.length > 0)
    findings.push(
      fault(
        'security.E015',
        `Accounts of the demo data can sign in: ${demo.join(', ')}.`,
        'Delete them or take “active” from them in the admin.',
      ),
    );
  if (config.setupToken !== undefined && (await countSuperusers(db)) > 0)
    findings.push(
      caution('security.W003', 'SETUP_TOKEN is still set though there is a superuser.', 'Unset SETUP_TOKEN.'),
    );
  return findings;
}

/** How the database is reached over a network. */
export function checkTransport({ config: { database } }: CheckContext): Finding[] {
  if (database.client !== 'pg') return [];
  const url = new URL(database.url);
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  if (url.hostname === '' || LOOPBACK.test(url.hostname) || ['require', 'verify-ca', 'verify-full'].includes(mode))
    return [];
  return [
    caution(
      'security.W004',
      `The connection to the database at ${url.hostname} is not encrypted.`,
      'Add ?sslmode=verify-full to DATABASE_URL, unless the network is private.',
    ),
  ];
}
