import type { Request, RequestHandler } from 'express';
import { notFound } from '../lib/http-error';
import { chooseMember, hasFeature, listMembers, type ProducerMember } from '../producers';
import type { Services } from '../services';
import { isHtmx, queryText, viewerOf } from '../web/request';
import { NAVIGATION, navigationFor, partOf, stateOf } from './navigation';

declare module 'express-session' {
  interface SessionData {
    /** The slug of the producer whose portal this person looked at last. */
    producer?: string;
  }
}

const MEMBER = Symbol('member of a producer');

type Carrier = Request & { [MEMBER]?: ProducerMember };

/** The producer whose portal a request is about, and who asks; only behind `ofProducer`. */
export function memberOf(req: Request): ProducerMember {
  const member = (req as Carrier)[MEMBER];
  if (member === undefined) throw new Error('memberOf() needs ofProducer() before it');
  return member;
}

/**
 * Lets in who belongs to a producer, and to gated parts of the portal only those whose producer has the feature; for
 * everybody else there is nothing at the address. `?producer=<slug>` chooses among several and is remembered, unless
 * `remember` is false.
 */
export function ofProducer(
  { db, log, flags, usage, featureUse }: Pick<Services, 'db' | 'log' | 'flags' | 'usage' | 'featureUse'>,
  { remember = true }: { remember?: boolean } = {},
): RequestHandler {
  return async (req, res, next) => {
    const members = await listMembers({ db, log, flags, usage }, viewerOf(req).id);
    const asked = queryText(req, 'producer');
    const member =
      asked === '' ? (chooseMember(members, req.session.producer) ?? members[0]) : chooseMember(members, asked);
    if (member === undefined) throw members.length === 0 ? noProducer() : notYours();
    if (remember && asked !== '' && req.session.producer !== asked) req.session.producer = asked;
    (req as Carrier)[MEMBER] = member;
    const part = partOf(req.path);
    Object.assign(res.locals, {
      member,
      producers: members.map(({ producer }) => producer),
      /** What addresses end with where several tabs may show several producers; empty for who has one. */
      producerQuery: members.length > 1 ? `?producer=${member.producer.slug}` : '',
      portalNav: navigationFor(member.features),
      portalPart: part?.name ?? '',
      portalState: stateOf(member.features),
      switchUrl: (part?.featureFlag === undefined ? part : undefined)?.url ?? NAVIGATION[0]?.url,
      errorPage: 'views/portal/error.njk',
    });
    const feature = part?.featureFlag;
    if (feature !== undefined && !hasFeature(member.features, feature)) throw notAvailable();
    if (feature !== undefined && remember && req.method === 'GET' && !isHtmx(req))
      featureUse.count(member.producer.id, feature);
    next();
  };
}

const noProducer = () =>
  notFound('Your account does not belong to a producer yet, so there is no portal to show you.', 'producer_not_found');

const notYours = () => notFound('There is no such producer among yours.', 'producer_not_found');

/** What somebody gets at the address of a feature that their producer does not have. */
const notAvailable = () => notFound("This page isn't available for your account.", 'not_available');
