import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { contextOf, frame, MAX_EXPORT, MAX_SEARCH, modelPolicy, noStore, searchWords, toCsv } from '../admin';
import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { forbidden, HttpError, unprocessable } from '../lib/http-error';
import { formatCount } from '../web/filters';
import { type FormErrors, parseForm, typedValues } from '../web/forms';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { type Policy, policy } from '../web/routes';
import { conditionFlagAdmin } from './admin';
import { crumbs } from './admin-pages';
import {
  type FlagPages,
  givenUrl,
  mayLookAtPeople,
  nameOf,
  pageUrl,
  readFlag,
  trackingOf,
  trackingVersion,
} from './admin-view';
import { answer } from './admin-writes';
import { setTracking, type Tracking } from './keeping';
import { OBJECT_TYPE } from './operations';
import { countByAnswer, type GivenFilter, listGiven } from './queries-given';

const PER_PAGE = 50;
const SECTION = 'partials/flags/given.njk';

const RATE = 'Write a percentage above 0 and up to 100, with at most two decimal places, like 12.5.';

const Wanted = z.strictObject({
  track_usage: z.enum(['on', '']).optional(),
  sample_rate: z
    .string()
    .trim()
    .regex(/^\d{1,3}([.,]\d{1,2})? ?%?$/, { error: RATE })
    .transform((text) => Number.parseFloat(text.replace(',', '.')))
    .refine((rate) => rate > 0 && rate <= 100, { error: RATE }),
  version: z.string().max(64).default(''),
});

const inWords = ({ trackUsage, sampleRate }: Tracking): string =>
  trackUsage ? `rows are kept for ${sampleRate}% of the evaluations` : 'no rows are kept';

/** Says whether rows of who was given the flag are kept, and for how many of the evaluations. */
export const postTracking =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    await readFlag(pages, name);
    const parsed = parseForm(Wanted, req.body);
    const values = typedValues(req.body);
    const refuse = (status: 409 | 422, errors: FormErrors) =>
      answer(pages, req, res, {
        partial: SECTION,
        status,
        state: { tracking: { values, errors } },
        ...(status === 409 ? { toast: { kind: 'warning', text: 'Somebody else was faster. Nothing was saved.' } } : {}),
      });
    if (!parsed.ok) return refuse(422, parsed.errors);
    const wanted = { trackUsage: parsed.value.track_usage === 'on', sampleRate: parsed.value.sample_rate };
    const isSeen = (before: Tracking) => trackingVersion(before) === parsed.value.version;
    try {
      await setTracking(pages.flags.writing(), contextOf(pages, req).actor, name, wanted, isSeen);
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 409)) throw error;
      const now = inWords(trackingOf(await readFlag(pages, name)));
      const told = `Somebody else has changed this meanwhile: ${now} now. Save again to have it as you chose instead.`;
      return refuse(409, { track_usage: [told] });
    }
    await answer(pages, req, res, {
      partial: SECTION,
      toast: { kind: 'success', text: `Saved for ${name}: ${inWords(wanted)}.` },
    });
  };

/** Whoever may look at flags and at people; the rows say of a person what a flag made of them. */
export function mayLookAtGiven(pages: Pick<FlagPages, 'site'>): Policy {
  const flags = modelPolicy(pages.site, conditionFlagAdmin, 'view');
  return policy(`${flags.name} and auth.view_user`, (req) => {
    flags.check(req);
    if (!mayLookAtPeople(viewerOf(req)))
      throw forbidden('Who was given a flag is only shown to those who may look at people.');
  });
}

const ANSWERS = { on: true, off: false } as const;

interface Asked extends GivenFilter {
  readonly q: string;
  readonly answer: '' | keyof typeof ANSWERS;
}

function asked(req: Request): Asked {
  const text = queryText(req, 'answer');
  const chosen = text === 'on' || text === 'off' ? text : '';
  const q = queryText(req, 'q').slice(0, MAX_SEARCH).replaceAll('\u0000', '').trim();
  return {
    flag: nameOf(req),
    q,
    words: searchWords(q),
    answer: chosen,
    enabled: chosen === '' ? undefined : ANSWERS[chosen],
  };
}

function addressOf(path: string, { q, answer: chosen }: Pick<Asked, 'q' | 'answer'>): string {
  const query = new URLSearchParams({ ...(q !== '' && { q }), ...(chosen !== '' && { answer: chosen }) });
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** Who was given the flag and who was not, the newest first. */
export const showGiven =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const flag = await readFlag(pages, nameOf(req));
    await pages.usage.flush(); // so that what this process has noted is there
    const state = asked(req);
    const { q, answer: chosen } = state;
    const { on, off } = await countByAnswer(pages.db, state);
    const counts = { '': on + off, on, off };
    const total = counts[chosen];
    const last = Math.max(1, Math.ceil(total / PER_PAGE));
    const page = Math.min(last, Number(/^[1-9]\d{0,5}$/.exec(queryText(req, 'p'))?.[0] ?? 1));
    const rows = await listGiven(pages.db, state, { limit: PER_PAGE, offset: (page - 1) * PER_PAGE });
    const path = givenUrl(flag.name);
    const tab = (value: Asked['answer'], text: string) => ({
      text,
      href: addressOf(path, { q, answer: value }),
      current: chosen === value,
      count: counts[value],
    });
    noStore(res);
    respond(req, res, {
      page: 'views/flags/given.njk',
      partial: 'partials/flags/given-rows.njk',
      data: {
        ...frame(
          pages,
          req,
          crumbs(pages, { text: flag.name, href: pageUrl(flag.name) }, { text: 'Who was given it' }),
          conditionFlagAdmin,
        ),
        flag: { name: flag.name, pageUrl: pageUrl(flag.name) },
        tracking: { ...trackingOf(flag), days: pages.config.usage.people },
        rows,
        q,
        answer: chosen,
        total,
        all: counts[''],
        answers: [tab('', 'All'), tab('on', 'On'), tab('off', 'Off')],
        listUrl: path,
        pageNumber: page,
        pages: last,
        perPage: PER_PAGE,
        pagerUrl: addressOf(path, state),
        everybodyUrl: addressOf(path, { q: '', answer: chosen }),
        exportUrl: addressOf(`${path}export/`, state),
      },
    });
  };

/** The rows that search and filter leave, as CSV; the flag's history tells who took them. */
export const exportGiven =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const { name } = await readFlag(pages, nameOf(req));
    await pages.usage.flush();
    const state = asked(req);
    const rows = await listGiven(pages.db, state, { limit: MAX_EXPORT + 1 });
    if (rows.length > MAX_EXPORT)
      throw unprocessable(`An export holds at most ${MAX_EXPORT} rows. Narrow the list with a search or a filter.`);
    const { db, clock, actor } = contextOf(pages, req);
    await inTransaction(db, (trx) =>
      recordAudit(trx, clock, actor, {
        action: 'export',
        objectType: OBJECT_TYPE,
        objectId: name,
        objectLabel: name,
        after: { format: 'csv', rows: rows.length, query: addressOf('', state).slice(1) },
        message: `Exported ${formatCount(rows.length, 'row')} of who was given it as CSV.`,
      }),
    );
    const file = `given-${name.replace(/[^\w.-]/g, '-')}-${clock.now().toISOString().slice(0, 10)}.csv`;
    noStore(res)
      .type('text/csv')
      .attachment(file)
      .send(
        toCsv(rows.map(({ at, email, name: person, enabled }) => ({ at, email, name: person, flag: name, enabled }))),
      );
  };
