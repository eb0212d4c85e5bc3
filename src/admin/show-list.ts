import type { Request, Response } from 'express';
import type { AnyRow } from '../model';
import { respond } from '../web/respond';
import { actionsFor } from './action-handlers';
import type { ModelAdmin } from './declare';
import { type Body, versionOf } from './form';
import { type AdminParts, abilitiesOf, contextOf, frame, modelCrumbs, noStore } from './frame';
import { listView } from './list-page';
import { scopeOf } from './list-scope';
import type { ListState } from './list-state';
import { readDates, readListPage } from './queries-list';
import { readObjects } from './queries-objects';
import { modelUrl } from './site';

/** What people typed into the list itself, and what is wrong with it, by row and field. */
export interface ListEdits {
  body: Body;
  errors: Map<number, Record<string, string[]>>;
}

/** The list, as a page or as the fragment that htmx puts in its place. */
export async function showList(
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
    also: [
      { target: '#changelist-exports', partial: 'partials/admin/exports.njk' },
      ...panels.flatMap((panel) =>
        panel.target === undefined ? [] : [{ target: panel.target, partial: panel.partial, data: { panel } }],
      ),
    ],
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
