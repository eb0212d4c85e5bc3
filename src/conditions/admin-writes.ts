import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { contextOf, idOf, noStore } from '../admin';
import type { Transaction } from '../db';
import { badRequest, HttpError } from '../lib/http-error';
import { type FormErrors, parseForm, typedValues } from '../web/forms';
import { requestIdOf } from '../web/request';
import { respond, type Toast } from '../web/respond';
import {
  type Clash,
  type FlagPages,
  flagData,
  flagUrl,
  nameOf,
  PAGE,
  type PageState,
  pageUrl,
  ROW,
  readFlag,
  rowVersion,
} from './admin-view';
import { asText } from './describe';
import { addCondition, changingConditions, whyInvalid } from './operations';
import { deleteCondition, type StoredCondition, updateCondition } from './queries';
import { MAX_VALUE } from './types';

const ADD = 'partials/flags/add-condition.njk';

const text = z.string().max(MAX_VALUE, { error: `Use at most ${MAX_VALUE} characters.` });
const tick = z.enum(['on', '1', 'true', '']).optional();
const version = z.string().max(64).default('');

const NewCondition = z.strictObject({
  condition: z.string().min(1, { error: 'Choose a condition.' }).max(50),
  value: text,
  required: tick,
});
// The kind cannot be changed; it comes along for a condition that somebody removes meanwhile.
const ChangedCondition = z.strictObject({
  condition: z.string().max(50).optional(),
  value: text,
  required: tick,
  version,
});
const Wanted = z.strictObject({ to: z.enum(['yes', 'no']), version });
const Removal = z.strictObject({ version });

const isTicked = (value: string | undefined): boolean => value !== undefined && value !== '';

/** What goes along with every change: the flag in words, and a tester that no longer says what was. */
export const ALSO = [
  { target: '#flag-state', partial: 'partials/flags/state.njk' },
  { target: '#flag-tester-answer', partial: 'partials/flags/nothing.njk', swap: 'innerHTML' },
];
const LIST = { target: '#conditions-stored', partial: 'partials/flags/stored.njk' };

const undoToast = (req: Request, name: string, message: string): Toast => ({
  kind: 'success',
  text: message,
  undo: {
    action: `${flagUrl(name)}undo/`,
    fields: { request: requestIdOf(req) },
    target: '#conditions-stored',
  },
});

interface Answered {
  readonly partial: string;
  readonly also?: { target: string; partial: string; swap?: string }[];
  readonly state?: PageState;
  readonly data?: Record<string, unknown>;
  readonly toast?: Toast;
  readonly status?: number;
}

/** The flag as it is now: the part that was asked for, or the page it stands on. */
export async function answer(pages: FlagPages, req: Request, res: Response, given: Answered): Promise<void> {
  const flag = await readFlag(pages, nameOf(req));
  const { partial, also = [], state = {}, data = {}, toast, status = 200 } = given;
  noStore(res);
  respond(req, res, {
    page: PAGE,
    partial,
    also: [...also],
    data: { ...(await flagData(pages, req, flag, state)), ...data },
    status,
    toast,
    ...(status === 200 ? { redirect: pageUrl(flag.name) } : {}),
  });
}

/** Adds a condition; what is wrong with it stands beside its field. */
export const postCondition =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    await readFlag(pages, name);
    const parsed = parseForm(NewCondition, req.body);
    const refuse = (errors: FormErrors) =>
      answer(pages, req, res, {
        partial: ADD,
        status: 422,
        state: { add: { values: typedValues(req.body), errors } },
      });
    if (!parsed.ok) return refuse(parsed.errors);
    const { condition, value } = parsed.value;
    const values = { condition, value, required: isTicked(parsed.value.required) };
    const parts = pages.flags.writing();
    const wrong = await whyInvalid(pages.db, values, parts.segmentKeys);
    if (wrong !== undefined) return refuse({ value: [wrong] });
    try {
      await addCondition(parts, contextOf(pages, req).actor, name, values);
    } catch (error) {
      if (error instanceof HttpError && [409, 422].includes(error.status)) return refuse({ value: [error.message] });
      throw error;
    }
    await answer(pages, req, res, {
      partial: ADD,
      also: [LIST, ...ALSO],
      data: { added: true },
      toast: undoToast(req, name, `Added ${asText(values)}.`),
    });
  };

/** A condition that is not there any more, or not what the form was drawn from. */
class Stale extends Error {
  constructor(readonly row: StoredCondition | undefined) {
    super('changed meanwhile');
  }
}

/** Writes to one condition, unless somebody changed it since the page was drawn; gives what was clashed with. */
async function changingOne(
  pages: FlagPages,
  req: Request,
  seen: string,
  work: (trx: Transaction, row: StoredCondition, now: Date) => Promise<{ message: string } | undefined>,
): Promise<Stale | undefined> {
  const id = idOf(req);
  try {
    await changingConditions(pages.flags.writing(), contextOf(pages, req).actor, nameOf(req), (trx, before, now) => {
      const row = before.find((each) => each.id === id);
      if (row === undefined || rowVersion(row) !== seen) throw new Stale(row);
      return work(trx, row, now);
    });
    return undefined;
  } catch (error) {
    if (error instanceof Stale) return error;
    throw error;
  }
}

/** Both versions beside one another, and the form that goes on from what is there now. */
function clash(
  pages: FlagPages,
  req: Request,
  res: Response,
  { row }: Stale,
  mine: { text: string; values?: Record<string, string> },
): Promise<void> {
  const id = idOf(req);
  const theirs: Clash = { theirs: row === undefined ? null : asText(row), mine: mine.text };
  const values = mine.values ?? {};
  return answer(pages, req, res, {
    partial: ROW,
    status: 409,
    toast: { kind: 'warning', text: 'Somebody else was faster. Nothing was saved.' },
    state: {
      clash: { ...theirs, id },
      ...(row !== undefined && mine.values !== undefined ? { edit: { id, values, errors: {} } } : {}),
      // What was typed for a condition that is gone can be added anew.
      ...(row === undefined && mine.values !== undefined ? { add: { values, errors: {} } } : {}),
    },
    data: { rowId: id },
  });
}

/** Changes the value of a condition and whether it is required. */
export const postChangedCondition =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    const id = idOf(req);
    const flag = await readFlag(pages, name);
    const known = flag.conditions.find((each) => each.id === id);
    const typed = typedValues(req.body);
    const parsed = parseForm(ChangedCondition, req.body);
    const refuse = (errors: FormErrors) =>
      answer(pages, req, res, {
        partial: ROW,
        status: 422,
        state: { edit: { id, values: typed, errors } },
        data: { rowId: id },
      });
    if (!parsed.ok && known !== undefined) return refuse(parsed.errors);
    const value = typed.value ?? '';
    const required = isTicked(typed.required);
    const condition = known?.condition ?? typed.condition ?? '';
    const mine = {
      text: asText({ condition, value, required }),
      values: { condition, value, required: required ? 'on' : '' },
    };
    if (known === undefined) return clash(pages, req, res, new Stale(undefined), mine);
    const wrong = await whyInvalid(pages.db, { condition, value }, pages.flags.segmentKeys);
    if (wrong !== undefined) return refuse({ value: [wrong] });
    let message = 'Nothing to change: it is so already.';
    let changed = false;
    const stale = await changingOne(pages, req, typed.version ?? '', async (trx, row, now) => {
      if (row.value === value && row.required === required) return undefined;
      await updateCondition(trx, id, { value, required }, now);
      changed = true;
      message = `Changed ${asText(row)} to ${asText({ condition, value, required })}.`;
      return { message };
    }).catch((error: unknown) => {
      if (error instanceof HttpError && error.status === 409) return refuse({ value: [error.message] });
      throw error;
    });
    if (res.headersSent) return;
    if (stale instanceof Stale) return clash(pages, req, res, stale, mine);
    await answer(pages, req, res, {
      partial: ROW,
      also: ALSO,
      data: { rowId: id, focus: 'edit' },
      toast: changed ? undoToast(req, name, message) : { kind: 'info', text: message },
    });
  };

/** Makes a condition required, or one of those of which any will do. The wanted state is sent, so repeating is harmless. */
export const postRequired =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    const id = idOf(req);
    await readFlag(pages, name);
    const parsed = parseForm(Wanted, req.body);
    if (!parsed.ok) throw badRequest('This does not say what to change. Nothing was changed.');
    const required = parsed.value.to === 'yes';
    let message = '';
    const stale = await changingOne(pages, req, parsed.value.version, async (trx, row, now) => {
      if (row.required === required) return undefined;
      await updateCondition(trx, id, { value: row.value, required }, now);
      message = `${row.condition}: ${row.value} is ${required ? 'required now' : 'no longer required'}.`;
      return { message };
    });
    if (stale !== undefined) return clash(pages, req, res, stale, { text: required ? 'required' : 'not required' });
    await answer(pages, req, res, {
      partial: ROW,
      also: ALSO,
      data: { rowId: id, focus: 'required' },
      toast:
        message === '' ? { kind: 'info', text: 'Nothing to change: it is so already.' } : undoToast(req, name, message),
    });
  };

/** Removes a condition; Undo brings it back. */
export const postRemoval =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    const id = idOf(req);
    const flag = await readFlag(pages, name);
    const parsed = parseForm(Removal, req.body);
    if (!parsed.ok) throw badRequest('This does not say what to remove. Nothing was changed.');
    let message = '';
    const ids = flag.conditions.flatMap((each) => each.id ?? []);
    const stale = await changingOne(pages, req, parsed.value.version, async (trx, row) => {
      await deleteCondition(trx, id);
      message = `Removed ${asText(row)}.`;
      return { message };
    });
    if (stale !== undefined) return clash(pages, req, res, stale, { text: 'removed' });
    const next = ids[ids.indexOf(id) + 1] ?? ids[ids.indexOf(id) - 1] ?? null;
    await answer(pages, req, res, {
      partial: 'partials/flags/nothing.njk',
      also: [
        { target: `#condition-${id}`, partial: 'partials/flags/nothing.njk', swap: 'delete' },
        // Only its buttons: a form that is open in its place keeps what is typed there.
        next === null
          ? LIST
          : { target: `#condition-${next}-actions`, partial: 'partials/flags/condition-actions.njk' },
        ...ALSO,
      ],
      data: { rowId: next, focus: 'remove', focusList: next === null },
      toast: undoToast(req, name, message),
    });
  };
