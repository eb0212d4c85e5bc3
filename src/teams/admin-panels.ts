import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { type AdminContext, type AdminParts, idOf } from '../admin';
import { findAccount, findAccountByEmail, findViewer } from '../auth';
import type { Database } from '../db';
import { notFound } from '../lib/http-error';
import { hasPermission, type Viewer } from '../lib/viewer';
import type { AnyRow } from '../model';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { describableRow } from './admin-row';
import { describeFlag } from './describe';
import { Flag } from './models';
import { findFlagById, groupNames } from './queries-admin';
import { testFlag } from './try';

interface State {
  sentence: string;
  kind: 'on' | 'off' | 'partial';
  badge: string;
}

/** The sentence with its badge. */
function stateOf(row: Record<string, unknown>): State {
  const sentence = describeFlag(describableRow(row));
  if (sentence === 'On for everyone.') return { sentence, kind: 'on', badge: 'On' };
  if (sentence.startsWith('Off')) return { sentence, kind: 'off', badge: 'Off' };
  return { sentence, kind: 'partial', badge: 'Partial' };
}

const withGroups = async (db: Database, row: Record<string, unknown>): Promise<Record<string, unknown>> => ({
  ...row,
  groups_titles: await groupNames(db, Array.isArray(row.groups) ? (row.groups as number[]) : []),
});

/** The flag in words above its form; a new one starts as its defaults say. */
export async function flagState({ db }: AdminContext, row: AnyRow | null): Promise<Record<string, unknown>> {
  const initial = Object.fromEntries(Object.entries(Flag.fields).map(([name, field]) => [name, field.initial()]));
  return { ...stateOf(await withGroups(db, row ?? initial)) };
}

/** The tester below the form: who was chosen, and what they would get. */
export async function flagTester(
  { db, viewer }: AdminContext,
  row: AnyRow | null,
  req: Request,
): Promise<Record<string, unknown>> {
  if (row === null) return { place: 'after', flagId: null };
  return {
    place: 'after',
    flagId: row.id,
    ...(await tryFor(db, viewer, row.id, req)),
  };
}

const PersonId = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

/** Who may neither look at people nor say who gets a flag must not learn here who there is. */
const mayChoosePeople = (viewer: Viewer): boolean =>
  hasPermission(viewer, 'auth.view_user') || hasPermission(viewer, 'teams.change_flag');

async function tryFor(db: Database, asker: Viewer, flagId: number, req: Request): Promise<Record<string, unknown>> {
  const [picked, typed] = [queryText(req, 'person'), queryText(req, 'person__text')];
  const flag = await findFlagById(db, flagId);
  if (flag === undefined) throw notFound('This flag does not exist any more.');
  if (picked === 'visitor') return { person: null, result: testFlag(flag, { person: null }), asked: true };
  const id = PersonId.safeParse(picked).data;
  if (id === undefined && typed.trim() === '') return { asked: false };
  if (!mayChoosePeople(asker)) return { asked: true, problem: 'You may not look at people here.', typed };
  // Without JavaScript nothing is picked: the address is written out.
  const account = id === undefined ? await findAccountByEmail(db, typed) : await findAccount(db, id);
  const viewer = account && (await findViewer(db, account.id));
  if (viewer === undefined) {
    const problem =
      account === undefined
        ? 'There is no such person. Choose one of the list, or enter the whole e-mail address.'
        : `${account.email} is not active and gets nothing.`;
    return { asked: true, problem, typed };
  }
  return { asked: true, person: { id: viewer.id, email: viewer.email }, result: testFlag(flag, { person: viewer }) };
}

/** The sentence for values that are being edited and not saved. */
export const sentence =
  ({ db }: AdminParts): RequestHandler =>
  async (req, res) => {
    const body = req.body as Record<string, string | string[]>;
    const values: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(Flag.fields)) {
      const result = field.schema.safeParse(body[name]);
      values[name] = result.success ? result.data : field.initial();
    }
    const added = PersonId.safeParse(body.users__add).data;
    if (added !== undefined) values.users = [...new Set([...(values.users as number[]), added])];
    const partial = 'partials/teams/flag-state.njk';
    respond(req, res, { page: partial, partial, data: { panel: stateOf(await withGroups(db, values)) } });
  };

/** What the chosen person would get, as a fragment or as the page with it. */
export const test =
  ({ db }: AdminParts): RequestHandler =>
  async (req, res) => {
    const flagId = idOf(req);
    const data = {
      panel: { flagId, ...(await tryFor(db, viewerOf(req), flagId, req)) },
    };
    const partial = 'partials/teams/flag-tester.njk';
    respond(req, res, { page: partial, partial, data });
  };
