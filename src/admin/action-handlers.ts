import type { Request, RequestHandler } from 'express';
import { countChangesOfRequest } from '../audit';
import { badRequest, notFound, unprocessable } from '../lib/http-error';
import { hasPermission } from '../lib/viewer';
import { formatCount } from '../web/filters';
import { requestIdOf, viewerOf } from '../web/request';
import { respond, type Toast } from '../web/respond';
import { bulkDelete, undoChanges } from './bulk';
import type { Action, ModelAdmin } from './declare';
import { assertDeletable } from './deletion';
import { type Body, toBody } from './form';
import { type AdminParts, abilitiesOf, contextOf, frame, keptQuery, modelCrumbs, noStore } from './frame';
import { scopeOf } from './list-scope';
import { addressParams, type ListState, listQuery, parseListState } from './list-state';
import { answerWithProgress } from './progress';
import { MAX_MATCHING, readMatchingIds } from './queries-list';
import { readLabels } from './queries-names';
import { readExisting } from './queries-objects';
import { type AdminSite, modelUrl } from './site';

/** Deleting is an action of every model whose objects may be deleted. */
const deleteAction = (site: AdminSite, admin: ModelAdmin): Action => ({
  name: 'delete_selected',
  label: `Delete selected ${admin.model.nounPlural}`,
  question: (count) => `Delete ${count}?`,
  confirm: 'Delete',
  danger: true,
  run: async (context, ids) => {
    await assertDeletable(context.db, site, admin, ids, context.viewer);
    const changed = await bulkDelete(admin, context, ids);
    return { changed, message: `Deleted ${formatCount(changed, admin.model.noun, admin.model.nounPlural)}.` };
  },
});

/** The actions that this person may run on this model. */
export function actionsFor(parts: AdminParts, admin: ModelAdmin, req: Request): Action[] {
  const can = abilitiesOf(parts, admin, req);
  const viewer = viewerOf(req);
  const own = admin.actions.filter(({ permission }) =>
    permission === undefined ? can.change : hasPermission(viewer, permission),
  );
  return [...own, ...(can.delete ? [deleteAction(parts.site, admin)] : [])];
}

/** How many of the chosen objects the page before an action names. */
const NAMED = 100;

/** Most objects that are named one by one; more than a page shows are chosen by what the list matches. */
const MAX_NAMED = 1_000;

function readIds(texts: readonly string[]): number[] {
  const ids = new Set(texts.filter((text) => /^[1-9]\d{0,8}$/.test(text)).map(Number));
  if (ids.size > MAX_NAMED)
    throw unprocessable(`Select at most ${MAX_NAMED} one by one, or all that match. Nothing was changed.`);
  return [...ids];
}

/** The ticked rows of a list. */
export function selectedIds(body: Body): number[] {
  const raw = body._selected_action;
  return readIds(raw === undefined ? [] : Array.isArray(raw) ? raw : [raw]);
}

interface Chosen {
  action: Action;
  ids: number[];
  across: boolean;
  state: ListState;
}

async function chosenObjects(
  parts: AdminParts,
  admin: ModelAdmin,
  req: Request,
  params: Map<string, string>,
): Promise<Chosen> {
  const action = actionsFor(parts, admin, req).find(({ name }) => name === params.get('_action'));
  if (action === undefined) throw notFound('There is no such action.');
  const across = params.get('_across') === '1';
  const given = readIds((params.get('_ids') ?? '').split('.'));
  for (const name of ['_action', '_across', '_ids']) params.delete(name);
  const state = parseListState(admin, parts.site.filtersOf(admin), params, parts.clock.now());
  const ids = across
    ? await readMatchingIds(scopeOf(parts, admin, state), MAX_MATCHING + 1)
    : await readExisting(parts.db, admin.model, given);
  if (ids.length > MAX_MATCHING)
    throw unprocessable(
      `An action takes at most ${MAX_MATCHING} ${admin.model.nounPlural}. Narrow the list with a filter.`,
    );
  if (ids.length === 0) throw unprocessable(`Select at least one ${admin.model.noun}. Nothing was changed.`);
  return { action, ids, across, state };
}

/** The page that asks before an action: what it is about, and how many it would really change. */
export const confirmAction =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const params = addressParams(req.query);
    const { action, ids, across, state } = await chosenObjects(parts, admin, req, params);
    const { model } = admin;
    const titles = await readLabels(parts.db, parts.site, model, ids.slice(0, NAMED));
    const query = listQuery(admin, state, { page: state.page }).replace(/^\?$/, '');
    noStore(res);
    respond(req, res, {
      page: 'views/admin/action.njk',
      data: {
        ...frame(parts, req, [...modelCrumbs(parts, model, query), { text: action.label }], admin),
        model,
        action,
        question: action.question(formatCount(ids.length, model.noun, model.nounPlural)),
        count: ids.length,
        affected: action.affected === undefined ? null : await action.affected(contextOf(parts, req), ids),
        objects: [...titles].map(([id, title]) => ({ id, title, href: `${modelUrl(model)}${id}/change/` })),
        ids: across ? '' : ids.join('.'),
        across,
        query,
        listUrl: modelUrl(model),
      },
    });
  };

/** Runs the action that was confirmed and goes back to the list with what it did. */
export const runAction =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const body = toBody(req.body);
    const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
    const params = new Map(new URLSearchParams(keptQuery(body._changelist_filters).slice(1)));
    for (const name of ['_action', '_ids', '_across']) params.set(name, text(name));
    const { action, ids, state } = await chosenObjects(parts, admin, req, params);
    const label = `${action.label}: ${formatCount(ids.length, admin.model.noun, admin.model.nounPlural)}`;
    await answerWithProgress(req, res, { count: ids.length, label }, async (progress) => {
      const result = await action.run({ ...contextOf(parts, req), progress }, ids);
      const undo = result.changed > 0 ? undoForm(parts, admin, action, req, state) : undefined;
      return {
        redirect: modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, ''),
        toast: {
          kind: result.changed > 0 ? 'success' : 'info',
          text: result.message,
          ...(undo === undefined ? {} : { undo }),
        },
      };
    });
  };

/** The form that takes an action back: of the model whose rows it changed, for whoever may change those. */
function undoForm(
  { site }: AdminParts,
  admin: ModelAdmin,
  { undo: takenBack }: Action,
  req: Request,
  state: ListState,
): NonNullable<Toast['undo']> | undefined {
  if (takenBack === undefined) return undefined;
  const model = takenBack === 'own' ? admin.model : site.model(takenBack.of);
  return {
    action: `${modelUrl(model)}undo/`,
    fields: {
      request: requestIdOf(req),
      _changelist_filters: listQuery(admin, state),
      ...(model === admin.model ? {} : { _list: admin.model.label }),
    },
  };
}

/** The list that an act was asked for from, when it is another than that of the rows it changed. */
function listOf({ site }: AdminParts, admin: ModelAdmin, body: Body, req: Request): ModelAdmin {
  const named = typeof body._list === 'string' ? site.find(body._list) : undefined;
  return named !== undefined && site.abilities(named, viewerOf(req)).view ? named : admin;
}

/** Takes back what one request of this person did. */
export const undo =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const body = toBody(req.body);
    if (typeof body.request !== 'string' || !/^[0-9a-f-]{36}$/.test(body.request))
      throw badRequest('This does not say what to undo.');
    const { request } = body;
    const list = listOf(parts, admin, body, req).model;
    const { noun, nounPlural } = list;
    const count = await countChangesOfRequest(parts.db, request);
    await answerWithProgress(req, res, { count, label: 'Undo' }, async (progress) => {
      const { undone, left } = await undoChanges(admin, { ...contextOf(parts, req), progress }, request);
      const stayed = `${formatCount(left, noun, nounPlural)} changed since then and stayed as ${left === 1 ? 'it is' : 'they are'}.`;
      return {
        redirect: modelUrl(list) + keptQuery(body._changelist_filters),
        toast: {
          kind: undone > 0 ? 'success' : 'warning',
          text: `${formatCount(undone, noun, nounPlural)} restored.${left === 0 ? '' : ` ${stayed}`}`,
        },
      };
    });
  };
