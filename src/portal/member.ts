import type { Request, RequestHandler } from 'express';
import { notFound } from '../lib/http-error';
import { chooseMember, hasFeature, listMembers, type ProducerMember } from '../producers';
import type { Services } from '../services';
import { queryText, viewerOf } from '../web/request';
import { navigationFor, partOf } from './navigation';

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
 * everybody else there is nothing at the address. `?producer=<slug>` chooses among several and is remembered.
 */
export function ofProducer({ db, log, flags }: Pick<Services, 'db' | 'log' | 'flags'>): RequestHandler {
  return async (req, res, next) => {
    const members = await listMembers({ db, log, flags }, viewerOf(req).id);
    const asked = queryText(req, 'producer');
    const member =
      asked === '' ? (chooseMember(members, req.session.producer) ?? members[0]) : chooseMember(members, asked);
    if (member === undefined) {
      throw notFound(
        asked === ''
          ? 'Your account does not belong to a producer yet. Ask whoever invited you to add you.'
          : 'There is no such producer among yours.',
        'producer_not_found',
      );
    }
    if (asked !== '' && req.session.producer !== asked) req.session.producer = asked;
    (req as Carrier)[MEMBER] = member;
    Object.assign(res.locals, {
      member,
      producers: members.map(({ producer }) => producer),
      portalNav: navigationFor(member.features),
    });
    const feature = partOf(req.path)?.featureFlag;
    if (feature !== undefined && !hasFeature(member.features, feature)) throw notAvailable();
    next();
  };
}

/** What somebody gets at the address of a feature that their producer does not have. */
const notAvailable = () => notFound("This page isn't available for your account.", 'not_available');
