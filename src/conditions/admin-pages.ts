import type { RequestHandler } from 'express';
import { z } from 'zod';
import { contextOf, frame, idOf, noStore } from '../admin';
import { listEntries } from '../audit';
import { HttpError, notFound } from '../lib/http-error';
import { type FormErrors, parseForm, summarize, typedValues } from '../web/forms';
import { queryText } from '../web/request';
import { respond } from '../web/respond';
import { conditionFlagAdmin } from './admin';
import { testerView } from './admin-tester';
import {
  addView,
  type FlagPages,
  flagData,
  flagUrl,
  LIST_URL,
  nameOf,
  PAGE,
  pageUrl,
  ROW,
  readFlag,
} from './admin-view';
import { ConditionFlag } from './models';
import { CONVENTION, createFlag, deleteFlag, OBJECT_TYPE, wrongName } from './operations';
import { countGiven } from './queries-given';
import { ORIGIN_WORDS } from './types';

const HISTORY_PAGE = 50;

/** The crumbs that lead to a page of this feature. */
export const crumbs = (pages: FlagPages, ...more: { text: string; href?: string }[]) => [
  { text: pages.site.sectionLabel(ConditionFlag.app), href: `/admin/${ConditionFlag.app}/` },
  { text: 'Flags', ...(more.length > 0 ? { href: LIST_URL } : {}) },
  ...more,
];

/** The page of one flag. */
export const showFlag =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const flag = await readFlag(pages, nameOf(req));
    const id = Number(/^[1-9]\d{0,9}$/.exec(queryText(req, 'edit'))?.[0] ?? 0);
    const isThere = id > 0 && flag.conditions.some((each) => each.id === id);
    noStore(res);
    respond(req, res, {
      page: PAGE,
      data: await flagData(pages, req, flag, {
        ...(isThere ? { edit: { id, values: {}, errors: {} } } : {}),
        tester: await testerView(pages, req, flag.name),
      }),
    });
  };

const NewFlag = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, { error: 'Enter a name.' })
    .refine((name) => wrongName(name) === undefined, {
      error: 'Use up to 100 letters, digits, underscores, dots, colons and hyphens.',
    }),
  description: z.string().max(5_000, { error: 'Use at most 5,000 characters.' }).default(''),
  default: z.enum(['on', '']).optional(),
  _save: z.string().max(20).optional(), // the name of the button
});

function addPage(values: Record<string, string>, errors: FormErrors) {
  return { values, errors, summary: summarize(errors), convention: CONVENTION, listUrl: LIST_URL };
}

/** The form for a new flag. */
export const showAdd =
  (pages: FlagPages): RequestHandler =>
  (req, res) => {
    noStore(res);
    respond(req, res, {
      page: 'views/flags/add.njk',
      data: {
        ...frame(pages, req, crumbs(pages, { text: 'Add flag' }), conditionFlagAdmin),
        ...addPage({ name: queryText(req, 'name').slice(0, 100) }, {}),
      },
    });
  };

/** Adds a flag and goes to its page. */
export const postAdd =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const parsed = parseForm(NewFlag, req.body);
    const refuse = (errors: FormErrors) =>
      respond(req, res, {
        page: 'views/flags/add.njk',
        status: 422,
        data: {
          ...frame(pages, req, crumbs(pages, { text: 'Add flag' }), conditionFlagAdmin),
          ...addPage(typedValues(req.body), errors),
        },
      });
    noStore(res);
    if (!parsed.ok) return refuse(parsed.errors);
    const { name, description, default: on } = parsed.value;
    try {
      await createFlag(pages.flags.writing(), contextOf(pages, req).actor, { name, description, default: on === 'on' });
    } catch (error) {
      if (error instanceof HttpError && error.status === 409)
        return refuse({
          name: [`There is already a flag “${name}”. Choose another name, or open that one from the list.`],
        });
      throw error;
    }
    respond(req, res, { redirect: pageUrl(name), toast: { kind: 'success', text: `Added the flag ${name}.` } });
  };

/** What the flag went through, the newest first. */
export const showHistory =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    const page = Math.min(1_000, Math.max(1, Number(/^\d{1,4}$/.exec(queryText(req, 'p'))?.[0] ?? 1)));
    const entries = await listEntries(pages.db, {
      objectType: OBJECT_TYPE,
      objectId: name,
      limit: HISTORY_PAGE + 1,
      offset: (page - 1) * HISTORY_PAGE,
    });
    const gone = (await readFlag(pages, name).catch(() => undefined)) === undefined;
    if (gone && entries.length === 0) throw notFound(`There is no flag “${name.slice(0, 100)}”.`);
    noStore(res);
    respond(req, res, {
      page: 'views/admin/history.njk',
      data: {
        ...frame(
          pages,
          req,
          crumbs(pages, { text: name, ...(gone ? {} : { href: pageUrl(name) }) }, { text: 'History' }),
          conditionFlagAdmin,
        ),
        model: ConditionFlag,
        title: name,
        gone,
        entries: entries.slice(0, HISTORY_PAGE),
        older: entries.length > HISTORY_PAGE ? `?p=${page + 1}` : null,
      },
    });
  };

/** The page before a deletion: what goes, and what stays because it stands elsewhere. */
export const showDelete =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const flag = await readFlag(pages, nameOf(req));
    const { name } = flag;
    const stored = flag.reads.filter(({ stated }) => stated.origin === 'database');
    noStore(res);
    respond(req, res, {
      page: 'views/flags/delete.njk',
      data: {
        ...frame(
          pages,
          req,
          crumbs(pages, { text: name, href: pageUrl(name) }, { text: 'Delete' }),
          conditionFlagAdmin,
        ),
        name,
        isStored: flag.info !== undefined,
        conditions: stored.map(({ stated }) => stated),
        rows: await countGiven(pages.db, name),
        stays: flag.origins
          .filter((origin) => origin !== 'database')
          .map((origin) => ORIGIN_WORDS[origin].toLowerCase()),
        pageUrl: pageUrl(name),
        deleteUrl: `${flagUrl(name)}delete/`,
      },
    });
  };

/** Deletes what the database has of a flag. */
export const postDelete =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    await readFlag(pages, name);
    await deleteFlag(pages.flags.writing(), contextOf(pages, req).actor, name);
    const isStated = pages.flags.stated.conditions.has(name);
    respond(req, res, {
      redirect: isStated ? pageUrl(name) : LIST_URL,
      toast: {
        kind: 'success',
        text: isStated ? `Deleted what the database had of ${name}.` : `Deleted the flag ${name}.`,
      },
    });
  };

/** The field for the value of a condition that is about to be added, with the help of its kind. */
export const showValue =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    const flag = await readFlag(pages, name);
    const values = typedValues(req.query);
    const partial = 'partials/flags/value.njk';
    noStore(res);
    respond(req, res, {
      page: PAGE,
      partial,
      data: {
        ...(await flagData(pages, req, flag, { add: { values, errors: {} } })),
        add: addView(name, { values, errors: {} }),
      },
    });
  };

/** One condition: with its form open for `?edit=1`, else as it is; without htmx the page it stands on. */
export const showCondition =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const id = idOf(req);
    const flag = await readFlag(pages, nameOf(req));
    if (!flag.conditions.some((each) => each.id === id)) throw notFound('This condition is not there any more.');
    const isOpen = req.query.edit !== undefined;
    noStore(res);
    respond(req, res, {
      page: PAGE,
      partial: ROW,
      data: {
        ...(await flagData(pages, req, flag, isOpen ? { edit: { id, values: {}, errors: {} } } : {})),
        rowId: id,
        focus: isOpen ? 'value' : 'edit',
      },
    });
  };
