import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { notFound, unprocessable } from '../lib/http-error';
import {
  chooseMember,
  type DirectoryEntry,
  type FeatureFlags,
  findProducer,
  listMembers,
  listProducers,
  type ProducerMember,
  producerFeatures,
} from '../producers';
import type { Services } from '../services';
import { repeatable } from '../web/repeats';
import { queryText, viewerOf } from '../web/request';
import { Routes, signedIn, staffWith } from '../web/routes';

/** Most producers on a page, and how many there are when nobody says. */
const MAX_PAGE_SIZE = 100;
const PAGE_SIZE = 50;
const MAX_PAGE = 100_000;

const flagsInWords = (features: FeatureFlags): Record<string, boolean> =>
  Object.fromEntries(producerFeatures.map(([key, { column }]) => [column, features[key]]));

const memberInWords = ({ producer, role, canPublishShows, features }: ProducerMember) => ({
  id: producer.id,
  name: producer.name,
  slug: producer.slug,
  ...(producer.contactEmail === '' ? {} : { contact_email: producer.contactEmail }),
  role,
  can_publish_shows: canPublishShows,
  feature_flags: flagsInWords(features),
});

const entryInWords = (entry: DirectoryEntry) => ({
  id: entry.id,
  name: entry.name,
  slug: entry.slug,
  ...(entry.contactEmail === '' ? {} : { contact_email: entry.contactEmail }),
  is_active: entry.isActive,
  feature_flags: flagsInWords(entry.features),
  created_at: entry.createdAt,
  modified_at: entry.modifiedAt,
});

/** Whether one of the answers that the caller still has is this one. */
const isKnown = (req: Request, etag: string): boolean =>
  (req.get('if-none-match') ?? '').split(',').some((known) => known.trim().replace(/^W\//, '') === etag);

/**
 * Whoever asks gets their own answer, which they may keep as long as they ask whether it still holds. Express would send it
 * again to who says `no-cache`, which `fetch` always does beside an If-None-Match.
 */
function send(req: Request, res: Response, body: unknown): void {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  res
    .set({ 'Cache-Control': 'private, no-cache', ETag: `W/${etag}` })
    .vary('Authorization')
    .vary('Cookie');
  if (isKnown(req, etag)) res.status(304).end();
  else res.type('json').send(text);
}

/** A whole number in the address. Throws 422 that names the limit. */
function numberIn(req: Request, name: string, most: number, fallback: number): number {
  const text = queryText(req, name);
  const value = text === '' ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw unprocessable(`${name} is a whole number from 1 to ${most}.`);
  return value;
}

/** The address of another page of the same list. */
function pageAt(req: Request, page: number): string {
  const [path = '', query = ''] = req.originalUrl.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('page', String(page));
  return `${path}?${parameters}`;
}

/** The producers, for programs and for our own pages. It only tells: nothing here changes a flag. */
export function apiRoutes(services: Services): Routes {
  const staff = staffWith('producers.view_producer');

  async function mine(req: Request, res: Response): Promise<void> {
    const members = await listMembers(services, viewerOf(req).id);
    const asked = queryText(req, 'producer');
    const member = asked === '' ? (chosen(req, members) ?? members[0]) : chooseMember(members, asked);
    if (member === undefined) {
      const text =
        asked === '' ? 'Your account does not belong to a producer yet.' : 'There is no such producer among yours.';
      throw notFound(text, 'producer_not_found');
    }
    send(req, res, memberInWords(member));
  }

  async function list(req: Request, res: Response): Promise<void> {
    const page = numberIn(req, 'page', MAX_PAGE, 1);
    const pageSize = numberIn(req, 'page_size', MAX_PAGE_SIZE, PAGE_SIZE);
    const { count, entries } = await listProducers(services, { search: queryText(req, 'search'), page, pageSize });
    send(req, res, {
      count,
      page,
      page_size: pageSize,
      next: page * pageSize < count ? pageAt(req, page + 1) : null,
      previous: page > 1 ? pageAt(req, page - 1) : null,
      results: entries.map(entryInWords),
    });
  }

  async function one(req: Request, res: Response): Promise<void> {
    const id = String(req.params.id);
    const entry = /^[1-9]\d{0,8}$/.test(id) ? await findProducer(services, Number(id)) : undefined;
    if (entry === undefined) throw notFound('There is no such producer.', 'producer_not_found');
    send(req, res, entryInWords(entry));
  }

  return new Routes('/api/v1/producers')
    .api('/me/', signedIn, { get: [repeatable, mine] })
    .api('/', staff, { get: [repeatable, list] })
    .api('/:id/', staff, { get: [repeatable, one] });
}

/** Of somebody's producers the one whose portal they looked at last; a program has no session and so no such. */
const chosen = (req: Request, members: readonly ProducerMember[]): ProducerMember | undefined =>
  req.session?.producer === undefined ? undefined : chooseMember(members, req.session.producer);
