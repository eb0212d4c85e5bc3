import type { RequestHandler } from 'express';
import { addressBlock } from '../auth';
import type { Config } from '../config';
import { limitRate } from '../web/rate-limit';
import { isOfApi } from '../web/request';

/** How often the API may be asked: by one person, from wherever, and by everybody at one address who shows no name. */
export const apiLimits = ({ apiRates }: Config): RequestHandler =>
  limitRate((req) => {
    if (!isOfApi(req)) return undefined;
    return req.user === undefined
      ? { key: `address ${addressBlock(req.ip ?? '')}`, perMinute: apiRates.perAddress }
      : { key: `person ${req.user.id}`, perMinute: apiRates.perPerson };
  });
