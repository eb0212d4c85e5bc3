import type { Request, RequestHandler } from 'express';
import { frame, noStore } from '../admin';
import { badRequest, notFound, unprocessable } from '../lib/http-error';
import { hasPermission } from '../lib/viewer';
import { formatCount } from '../web/filters';
import { actorOf, queryText, requestIdOf, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { ACTIONS, type ActionName, runAction, undoRequest, whyNot } from './bulk';
import { crumbs, type DashboardParts } from './dashboard';
import { type Entry, readInventory } from './inventory';
import { addressOf, LIST_URL, select, stateIn } from './list-state';

const MOST = 1_000;
/** How many of the chosen flags the page before an action names. */
const NAMED = 100;

type Body = Readonly<Record<string, string | string[] | undefined>>;

const textIn = (body: Body, name: string): string => {
  const value = body[name];
  return typeof value === 'string' ? value : '';
};

const actionOf = (text: string): ActionName => {
  if (!Object.hasOwn(ACTIONS, text)) throw unprocessable('Choose an action. Nothing was changed.');
  return text as ActionName;
};

/** Goes from the ticked rows to the page that asks. */
export const postSelection: RequestHandler = (req, res) => {
  const body = (req.body ?? {}) as Body;
  const action = actionOf(textIn(body, 'action'));
  const across = textIn(body, 'select_across') === '1';
  const chosen = body._selected_action;
  const ids = across ? [] : [chosen ?? []].flat().filter((id) => /^[0-9a-f]{12}$/.test(id));
  if (!across && ids.length === 0) throw unprocessable('Select at least one flag. Nothing was changed.');
  const query = new URLSearchParams({
    action,
    ...(across ? { across: '1' } : { ids: ids.slice(0, MOST).join('.') }),
    back: textIn(body, 'query').slice(0, 2_000),
  });
  respond(req, res, { redirect: `${LIST_URL}action/?${query.toString()}` });
};

interface Chosen {
  readonly action: ActionName;
  readonly entries: readonly Entry[];
  readonly ids: string;
  readonly across: boolean;
  readonly back: string;
}

async function chosen(parts: DashboardParts, req: Request, text: (name: string) => string): Promise<Chosen> {
  const action = actionOf(text('action'));
  const across = text('across') === '1';
  const ids = text('ids');
  const back = addressOf(stateIn(text('back')));
  const { entries: all } = await readInventory(parts, viewerOf(req));
  const wanted = new Set(ids.split('.').slice(0, MOST));
  const entries = across
    ? select(all, stateIn(text('back'))).filter(({ mayChange }) => mayChange)
    : all.filter(({ id, health }) => wanted.has(id) && health !== 'missing');
  if (entries.length === 0) throw notFound('None of these flags is there any more. Nothing was changed.');
  if (entries.length > MOST)
    throw unprocessable(`An action takes at most ${MOST} flags. Narrow the list with a filter.`);
  return { action, entries, ids, across, back };
}

/** The page that asks before an action: what it is about, and what it leaves alone. */
export const confirmAction =
  (parts: DashboardParts): RequestHandler =>
  async (req, res) => {
    const { action, entries, ids, across, back } = await chosen(parts, req, (name) => queryText(req, name));
    const can = entries.filter((entry) => whyNot(action, entry) === undefined);
    const cannot = entries.flatMap((entry) => {
      const why = whyNot(action, entry);
      return why === undefined ? [] : [{ name: entry.name, why }];
    });
    const { label, verb } = ACTIONS[action];
    noStore(res);
    respond(req, res, {
      page: 'views/flags/action.njk',
      data: {
        ...frame(parts, req, crumbs(parts, { text: label }), parts.site.find('flags.flag')),
        question: `${verb} ${formatCount(can.length, 'flag')}${action === 'enable' || action === 'disable' ? ' for everyone' : ''}?`,
        verb: label,
        isDanger: action === 'disable',
        isArchiving: action === 'archive',
        flags: can.slice(0, NAMED).map(({ name, href, state }) => ({ name, href, state })),
        more: Math.max(0, can.length - NAMED),
        cannot: cannot.slice(0, NAMED),
        fields: { action, ids: across ? '' : ids, across: across ? '1' : '', back: back.slice(LIST_URL.length) },
        actionUrl: `${LIST_URL}action/`,
        back,
      },
    });
  };

/** Does what was confirmed, and goes back to the list with what came of it and with Undo. */
export const postAction =
  (parts: DashboardParts): RequestHandler =>
  async (req, res) => {
    const body = (req.body ?? {}) as Body;
    const { action, entries, back } = await chosen(parts, req, (name) => textIn(body, name));
    const { changed, same, refused } = await runAction(parts, actorOf(req), action, entries);
    const said = [
      changed > 0
        ? `${formatCount(changed, 'flag')} ${changed === 1 ? 'is' : 'are'} ${ACTIONS[action].done}.`
        : 'Nothing was changed.',
      ...(same > 0 ? [`${formatCount(same, 'flag')} already ${same === 1 ? 'was' : 'were'}.`] : []),
      ...refused.slice(0, 3).map(({ name, why }) => `${name} ${why}${why.endsWith('.') ? '' : '.'}`),
      ...(refused.length > 3 ? [`${formatCount(refused.length - 3, 'further flag')} stayed, too.`] : []),
    ];
    respond(req, res, {
      redirect: back,
      toast: {
        kind: changed > 0 ? 'success' : 'info',
        text: said.join(' '),
        ...(changed > 0
          ? {
              undo: {
                action: `${LIST_URL}undo/`,
                fields: { request: requestIdOf(req), back: back.slice(LIST_URL.length) },
              },
            }
          : {}),
      },
    });
  };

/** Takes back what one request of this person did. */
export const postUndo =
  (parts: DashboardParts): RequestHandler =>
  async (req, res) => {
    const body = (req.body ?? {}) as Body;
    const request = textIn(body, 'request');
    if (!/^[0-9a-f-]{36}$/.test(request)) throw badRequest('This does not say what to undo.');
    const viewer = viewerOf(req);
    const { undone, left } = await undoRequest(parts, actorOf(req), request, (form) =>
      hasPermission(viewer, form === 'condition' ? 'flags.change_flag' : `teams.change_${form}`),
    );
    const stayed = left === 0 ? '' : ` ${formatCount(left, 'flag')} changed since then and stayed so.`;
    respond(req, res, {
      redirect: addressOf(stateIn(textIn(body, 'back'))),
      toast:
        undone + left === 0
          ? { kind: 'info', text: 'There is nothing to undo here.' }
          : { kind: undone > 0 ? 'success' : 'warning', text: `${formatCount(undone, 'flag')} restored.${stayed}` },
    });
  };
