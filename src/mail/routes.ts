import { notFound } from '../lib/http-error';
import type { Services } from '../services';
import { respond } from '../web/respond';
import { localOnly, Routes } from '../web/routes';
import { readOutbox } from './outbox';

interface Piece {
  text: string;
  /** Set where the text is an address of ours. */
  path?: string;
}

/** Cuts a text at the addresses of ours in it, so that a template can make links of them. */
export function linkify(text: string, baseUrl: string): Piece[] {
  return text.split(/(https?:\/\/\S+)/).map((part) => {
    const ours = part.startsWith(`${baseUrl}/`);
    return ours ? { text: part, path: part.slice(baseUrl.length) } : { text: part };
  });
}

/**
 * The mail that a development server would have sent, links to sign in with included: only for whoever sits at it. Not
 * there in production or when SMTP is configured.
 */
export function outboxRoutes({ config }: Services): Routes {
  const routes = new Routes('/dev/outbox');
  if (config.env === 'production' || config.smtpUrl !== undefined) return routes;

  routes.get('/', localOnly, async (req, res) => {
    respond(req, res, { page: 'views/dev/outbox.njk', data: { letters: await readOutbox(config.dataDir) } });
  });
  routes.get('/:name', localOnly, async (req, res) => {
    const letter = (await readOutbox(config.dataDir)).find(({ name }) => name === req.params.name);
    if (letter === undefined) throw notFound('This message is not in the outbox any more.');
    respond(req, res, {
      page: 'views/dev/letter.njk',
      data: { letter, pieces: linkify(letter.text, config.baseUrl) },
    });
  });
  return routes;
}
