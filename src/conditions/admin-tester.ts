import type { Request, RequestHandler } from 'express';
import { contextOf, noStore } from '../admin';
import { findAccount, findAccountByEmail, findViewer } from '../auth';
import type { Database } from '../db';
import { hasPermission, type Viewer } from '../lib/viewer';
import { fromLocal, toLocal } from '../lib/zone';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { type FlagPages, flagData, nameOf, PAGE, readFlag } from './admin-view';
import type { ConditionContext } from './facts';
import { searchPeople } from './queries';

/** Who may neither look at people nor say who gets a flag must not learn here who there is. */
const mayChoosePeople = (viewer: Viewer): boolean =>
  hasPermission(viewer, 'auth.view_user') || hasPermission(viewer, 'flags.change_flag');

type Chosen = { readonly viewer: Viewer | null } | { readonly problem: string };

async function choosePerson(db: Database, asker: Viewer, picked: string, typed: string): Promise<Chosen> {
  if (picked === '' && typed.trim() === '') return { viewer: null };
  if (!mayChoosePeople(asker)) return { problem: 'You may not look at people here.' };
  const id = /^[1-9]\d{0,8}$/.test(picked) ? Number(picked) : undefined;
  // Without JavaScript nothing is picked: the address is written out.
  const account = id === undefined ? await findAccountByEmail(db, typed.trim()) : await findAccount(db, id);
  if (account === undefined)
    return { problem: 'There is no such person. Choose one of the list, or enter the whole e-mail address.' };
  const viewer = await findViewer(db, account.id);
  return viewer === undefined ? { problem: `${account.email} is not active and gets nothing.` } : { viewer };
}

const MAX_TYPED = 500;

/** The tester's answer, when it was asked: on or off, and what each condition came to. */
export async function testerView(pages: FlagPages, req: Request, name: string): Promise<Record<string, unknown>> {
  const asked = queryText(req, 'try') !== '';
  const typed = (field: string) => queryText(req, field).slice(0, MAX_TYPED);
  const asker = viewerOf(req);
  const values = {
    person: typed('person'),
    personText: typed('person__text'),
    path: typed('path'),
    query: typed('query').replace(/^\?/, ''),
    time: typed('time'),
  };
  const zone = asker.timeZone;
  const shown = { values, zone, now: toLocal(pages.clock.now(), zone), mayChoose: mayChoosePeople(asker) };
  if (!asked) return shown;
  const now = values.time === '' ? pages.clock.now() : fromLocal(values.time, zone);
  if (now === undefined) return { ...shown, problem: 'Write a date and a time, or leave the time empty for now.' };
  const chosen = await choosePerson(pages.db, asker, values.person, values.personText);
  if ('problem' in chosen) return { ...shown, problem: chosen.problem };
  const context: ConditionContext = {
    viewer: chosen.viewer,
    path: values.path === '' ? '/' : values.path,
    query: Object.fromEntries(new URLSearchParams(values.query)),
    now,
  };
  const told = pages.flags.explain(name, context);
  return {
    ...shown,
    who: chosen.viewer?.email ?? 'A visitor who is not signed in',
    picked: chosen.viewer === null ? null : { id: chosen.viewer.id, email: chosen.viewer.email },
    told: { on: told.state === true, sentence: told.sentence, conditions: told.conditions },
  };
}

/** What the chosen person would get, as a fragment or as the page with it. */
export const testFlag =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const flag = await readFlag(pages, nameOf(req));
    noStore(res);
    respond(req, res, {
      page: PAGE,
      partial: 'partials/flags/tester.njk',
      data: await flagData(pages, req, flag, { tester: await testerView(pages, req, flag.name) }),
    });
  };

/** People to choose from, for those who may look at them. */
export const people =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const { viewer, db } = contextOf(pages, req);
    const found = mayChoosePeople(viewer)
      ? await searchPeople(db, queryText(req, 'person__text').slice(0, 100), 20)
      : [];
    const partial = 'partials/admin/options.njk';
    noStore(res);
    respond(req, res, {
      page: partial,
      partial,
      data: { id: 'id_person', options: found.map(({ id, email }) => ({ value: String(id), text: email })) },
    });
  };
