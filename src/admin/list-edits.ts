import type { Request, RequestHandler, Response } from 'express';
import { badRequest, notFound, unprocessable } from '../lib/http-error';
import { formatCount } from '../web/filters';
import { requestIdOf, wantsPartial } from '../web/request';
import { respond } from '../web/respond';
import type { ModelAdmin } from './declare';
import { type Body, editableFields, toBody } from './form';
import { type AdminParts, abilitiesOf, contextOf, idOf, keptQuery } from './frame';
import { listView } from './list-page';
import { scopeOf, stateOf } from './list-scope';
import { type ListState, listQuery } from './list-state';
import { readListCounts } from './queries-counts';
import { readListRow } from './queries-list';
import { changeObject, InvalidForm, StaleForm } from './save';
import { showList } from './show-list';
import { modelUrl } from './site';

/** Saves the rows that were edited in the list; those that do not fit come back with what was typed. */
export async function saveList(
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
    const scope = scopeOf(parts, admin, state);
    const shown = await readListRow(scope, id);
    const can = abilitiesOf(parts, admin, req);
    // The row stays where it is, also when the filters would no longer keep it; the counts beside the list follow.
    const filters = wantsPartial(req) ? scope.filters : [];
    const counts =
      filters.length > 0 ? await readListCounts(scope) : { total: 1, counts: new Map(), related: new Map() };
    const view =
      shown &&
      listView(
        admin,
        filters,
        state,
        { rows: [shown], ...counts },
        { now: scope.now, dateParts: [], canChange: can.change },
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
      also: filters.length > 0 && view ? [{ target: '#filters', partial: 'partials/admin/filters.njk' }] : [],
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
