import type { Request, RequestHandler, Response } from 'express';
import { badRequest, notFound, unprocessable } from '../lib/http-error';
import { hasPermission } from '../lib/viewer';
import type { AnyRow } from '../model';
import { formatCount } from '../web/filters';
import { requestIdOf, viewerOf } from '../web/request';
import { flash, respond } from '../web/respond';
import { bulkDelete, undoChanges } from './bulk';
import type { Action, ModelAdmin } from './declare';
import { assertDeletable } from './deletion';
import { type Body, editableFields, toBody, versionOf } from './form';
import { type AdminParts, abilitiesOf, contextOf, frame, idOf, keptQuery, modelCrumbs, noStore } from './frame';
import { listView } from './list-page';
import { addressParams, type ListState, listQuery, parseListState } from './list-state';
import { MAX_MATCHING, readDates, readListPage, readListRow, readMatchingIds } from './queries-list';
import { readObjects, readTitles } from './queries-objects';
import { changeObject, InvalidForm, StaleForm } from './save';
import { type AdminSite, modelUrl } from './site';

/** How many of the chosen objects the page before an action names. */
const NAMED = 100;

/** A list with what its address asks for. */
export function scopeOf(parts: AdminParts, admin: ModelAdmin, state: ListState) {
  return { db: parts.db, site: parts.site, admin, filters: parts.site.filtersOf(admin), state, now: parts.clock.now() };
}

/** What the address of a list asks for. */
export function stateOf(parts: AdminParts, admin: ModelAdmin, query: Record<string, unknown>): ListState {
  return parseListState(admin, parts.site.filtersOf(admin), addressParams(query), parts.clock.now());
}

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

function actionsFor(parts: AdminParts, admin: ModelAdmin, req: Request): Action[] {
  const can = abilitiesOf(parts, admin, req);
  const viewer = viewerOf(req);
  const own = admin.actions.filter(({ permission }) =>
    permission === undefined ? can.change : hasPermission(viewer, permission),
  );
  return [...own, ...(can.delete ? [deleteAction(parts.site, admin)] : [])];
}

/** What people typed into the list itself, and what is wrong with it, by row and field. */
interface ListEdits {
  body: Body;
  errors: Map<number, Record<string, string[]>>;
}

async function showList(
  parts: AdminParts,
  admin: ModelAdmin,
  req: Request,
  res: Response,
  state: ListState,
  edits?: ListEdits,
): Promise<void> {
  const scope = scopeOf(parts, admin, state);
  const can = abilitiesOf(parts, admin, req);
  const page = await readListPage(scope);
  const dateParts = admin.dateHierarchy === undefined ? [] : await readDates(scope);
  const view = listView(admin, scope.filters, state, page, { now: scope.now, dateParts, canChange: can.change });
  const versions = admin.listEditable.length > 0 && can.change ? await rowVersions(parts, admin, page.rows) : {};
  const panels = [];
  for (const { partial, target, data } of admin.listPanels) {
    panels.push({ partial, target, ...(await data(contextOf(parts, req), scope, req)) });
  }
  const { model } = admin;
  const url = modelUrl(model);
  noStore(res);
  respond(req, res, {
    page: 'views/admin/change-list.njk',
    partial: 'partials/admin/change-list.njk',
    status: edits === undefined ? 200 : 422,
    also: panels.flatMap((panel) =>
      panel.target === undefined ? [] : [{ target: panel.target, partial: panel.partial, data: { panel } }],
    ),
    data: {
      ...frame(parts, req, modelCrumbs(parts, model), admin),
      ...view,
      model,
      admin,
      listUrl: url,
      can,
      actions: actionsFor(parts, admin, req).map(({ name, label }) => ({ value: name, text: label })),
      panels,
      versions,
      edits: edits === undefined ? null : { body: edits.body, errors: Object.fromEntries(edits.errors) },
      fields: model.fields,
      exportUrl: `${url}export/${view.query}`,
    },
  });
}

async function rowVersions(
  parts: AdminParts,
  admin: ModelAdmin,
  rows: readonly AnyRow[],
): Promise<Record<number, string>> {
  const full = await readObjects(
    parts.db,
    admin.model,
    rows.map((row) => row.id),
  );
  return Object.fromEntries(full.map((row) => [row.id, versionOf(admin.model, row)]));
}

/** GET of a list: what the address does not mean is dropped from it with a message. */
export const showChangeList =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const state = stateOf(parts, admin, req.query);
    if (state.dropped.length > 0) {
      const names = state.dropped.map((name) => name.slice(0, 40)).join(', ');
      flash(req, {
        kind: 'warning',
        text: `The address asked for something this list does not have (${names}). It was left out.`,
      });
      return respond(req, res, {
        redirect: modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, ''),
      });
    }
    await showList(parts, admin, req, res, state);
  };

/** POST of a list: edits made in it, or an action that first asks on a page of its own. */
export const postChangeList =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const body = toBody(req.body);
    const state = stateOf(parts, admin, req.query);
    if (body._save_list !== undefined) return saveList(parts, admin, req, res, state, body);
    const action = actionsFor(parts, admin, req).find(({ name }) => name === body.action);
    const back = modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, '');
    const ids = selectedIds(body);
    const across = body.select_across === '1';
    if (action === undefined || (ids.length === 0 && !across)) {
      const text =
        action === undefined
          ? 'Choose an action first. Nothing was changed.'
          : `Select at least one ${admin.model.noun}. Nothing was changed.`;
      return respond(req, res, { redirect: back, toast: { kind: 'warning', text } });
    }
    const params = new URLSearchParams(listQuery(admin, state).slice(1));
    params.set('_action', action.name);
    if (across) params.set('_across', '1');
    else params.set('_ids', ids.join('.'));
    respond(req, res, { redirect: `${modelUrl(admin.model)}action/?${params}` });
  };

/** Most objects that are named one by one; more than a page shows are chosen by what the list matches. */
const MAX_NAMED = 1_000;

function readIds(texts: readonly string[]): number[] {
  const ids = new Set(texts.filter((text) => /^[1-9]\d{0,8}$/.test(text)).map(Number));
  if (ids.size > MAX_NAMED)
    throw unprocessable(`Select at most ${MAX_NAMED} one by one, or all that match. Nothing was changed.`);
  return [...ids];
}

function selectedIds(body: Body): number[] {
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
  const ids = across ? await readMatchingIds(scopeOf(parts, admin, state), MAX_MATCHING + 1) : given;
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
    const titles = await readTitles(parts.db, model, ids.slice(0, NAMED));
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
    const result = await action.run(contextOf(parts, req), ids);
    respond(req, res, {
      redirect: modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, ''),
      toast: {
        kind: result.changed > 0 ? 'success' : 'info',
        text: result.message,
        ...(result.undoable && result.changed > 0
          ? {
              undo: {
                action: `${modelUrl(admin.model)}undo/`,
                fields: { request: requestIdOf(req), _changelist_filters: listQuery(admin, state) },
              },
            }
          : {}),
      },
    });
  };

/** Takes back what one request of this person did. */
export const undo =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const body = toBody(req.body);
    if (typeof body.request !== 'string' || !/^[0-9a-f-]{36}$/.test(body.request))
      throw badRequest('This does not say what to undo.');
    const { undone, left } = await undoChanges(admin, contextOf(parts, req), body.request);
    const { noun, nounPlural } = admin.model;
    const rest = left === 0 ? '' : ` ${formatCount(left, noun, nounPlural)} changed since then and stayed as they are.`;
    respond(req, res, {
      redirect: modelUrl(admin.model) + keptQuery(body._changelist_filters),
      toast: {
        kind: undone > 0 ? 'success' : 'warning',
        text: `${formatCount(undone, noun, nounPlural)} restored.${rest}`,
      },
    });
  };

async function saveList(
  parts: AdminParts,
  admin: ModelAdmin,
  req: Request,
  res: Response,
  state: ListState,
  body: Body,
): Promise<void> {
  const fields = editableFields(admin).filter(([name]) => admin.listEditable.includes(name));
  const ids = Object.keys(body).flatMap((name) => /^edit-([1-9]\d{0,8})-version$/.exec(name)?.[1] ?? []);
  const errors = new Map<number, Record<string, string[]>>();
  let saved = 0;
  if (ids.length > admin.listMaxShowAll)
    throw unprocessable(`A list saves at most ${admin.listMaxShowAll} rows at once. Nothing was saved.`);
  for (const id of ids.map(Number)) {
    const form = { values: {} as Record<string, unknown>, errors: {} as Record<string, string[]> };
    for (const [name, field] of fields) {
      const result = field.schema.safeParse(body[`edit-${id}-${name}`]);
      if (result.success) form.values[name] = result.data;
      else form.errors[name] = result.error.issues.map((issue) => issue.message);
    }
    try {
      const { changes } = await changeObject(parts.site, admin, contextOf(parts, req), id, {
        form,
        inlines: [],
        version: listVersion(body, id),
      });
      if (changes.length > 0) saved += 1;
    } catch (error) {
      if (error instanceof InvalidForm) errors.set(id, error.errors);
      else if (error instanceof StaleForm)
        errors.set(id, { '': ['Someone changed this meanwhile. Reload to see it; this row was not saved.'] });
      else throw error;
    }
  }
  const text = `Saved ${formatCount(saved, admin.model.noun, admin.model.nounPlural)}.`;
  if (errors.size > 0) {
    res.locals.toast = {
      kind: 'error',
      text: `${text} ${formatCount(errors.size, 'row')} could not be saved; what you typed is still there.`,
    };
    return showList(parts, admin, req, res, state, { body, errors });
  }
  const back = modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, '');
  respond(req, res, {
    redirect: back,
    toast: { kind: 'success', text: saved === 0 ? 'Nothing to save: no row differs.' : text },
  });
}

const listVersion = (body: Body, id: number): string | undefined => {
  const version = body[`edit-${id}-version`];
  return typeof version === 'string' && version !== '' ? version : undefined;
};

/** Sets one field of one object from its row in the list; asks for the wanted state, so repeating it is harmless. */
export const setField =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const id = idOf(req);
    const body = toBody(req.body);
    const name = typeof body.field === 'string' ? body.field : '';
    const field = new Map(editableFields(admin)).get(name);
    if (field === undefined) throw badRequest('This field cannot be set here.');
    const value = field.schema.safeParse(body.to);
    if (!value.success) throw unprocessable(value.error.issues[0]?.message ?? 'This value does not fit.');
    const { row, changes } = await changeObject(parts.site, admin, contextOf(parts, req), id, {
      form: { values: { [name]: value.data }, errors: {} },
      inlines: [],
      version: undefined,
    }).catch((error: unknown) => {
      if (error instanceof StaleForm) throw notFound(`This ${admin.model.noun} was deleted meanwhile.`);
      if (error instanceof InvalidForm) throw unprocessable(Object.values(error.errors).flat().join(' '));
      throw error;
    });
    const state = stateOf(
      parts,
      admin,
      Object.fromEntries(new URLSearchParams(keptQuery(body._changelist_filters).slice(1))),
    );
    const shown = await readListRow(scopeOf(parts, admin, state), id);
    const can = abilitiesOf(parts, admin, req);
    const view =
      shown &&
      listView(
        admin,
        [],
        state,
        { rows: [shown], total: 1, counts: new Map(), related: new Map() },
        { now: parts.clock.now(), dateParts: [], canChange: can.change },
      );
    const undoable =
      changes.length > 0
        ? {
            undo: {
              action: `${modelUrl(admin.model)}undo/`,
              fields: { request: requestIdOf(req), _changelist_filters: listQuery(admin, state) },
            },
          }
        : {};
    respond(req, res, {
      partial: 'partials/admin/row.njk',
      data: {
        ...view,
        line: (view?.rows as unknown[] | undefined)?.[0],
        model: admin.model,
        admin,
        can,
        listUrl: modelUrl(admin.model),
        fields: admin.model.fields,
        versions: {},
        edits: null,
      },
      redirect: modelUrl(admin.model) + keptQuery(body._changelist_filters),
      toast: {
        kind: 'success',
        text:
          changes.length > 0
            ? `${admin.model.title(row)}: ${changes.join(' ')}`
            : `${admin.model.title(row)} is already so.`,
        ...undoable,
      },
    });
  };
