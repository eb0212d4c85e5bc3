import type { Config } from '../config';
import type { Clock } from '../lib/clock';
import { anyone, Routes } from './routes';

const DAY = 24 * 60 * 60 * 1000;

/** How long readers may rely on the file; it is written anew for everyone who asks. */
const VALID_DAYS = 180;

/** The address in `Name <name@example.com>`, or the whole of it. */
const addressIn = (from: string): string => /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim();

/** `/.well-known/security.txt` (RFC 9116): whom to tell about a weakness of this installation. */
export function wellKnownRoutes({ config, clock }: { config: Config; clock: Clock }): Routes {
  return new Routes('/.well-known').get('/security.txt', anyone, (_req, res) => {
    const expires = new Date(Math.floor(clock.now().getTime() / DAY + VALID_DAYS) * DAY);
    const lines = [
      `Contact: ${config.securityContact ?? `mailto:${addressIn(config.mailFrom)}`}`,
      `Expires: ${expires.toISOString()}`,
      'Preferred-Languages: en',
      `Canonical: ${config.baseUrl}/.well-known/security.txt`,
    ];
    res
      .set('Cache-Control', 'public, max-age=86400')
      .type('text/plain')
      .send(`${lines.join('\n')}\n`);
  });
}
