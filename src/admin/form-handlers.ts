import type { Request, RequestHandler, Response } from 'express';
import { forbidden, notFound, unprocessable } from '../lib/http-error';
import type { Viewer } from '../lib/viewer';
import type { AnyRow } from '../model';
import { requestIdOf, viewerOf } from '../web/request';
import { respond, type Toast } from '../web/respond';
import { mergeChoices, showConflict } from './conflict';
import type { Inline, ModelAdmin } from './declare';
import {
  type Body,
  editableFields,
  inlineFields,
  inlinePrefix,
  type ParsedInlineRow,
  parseInline,
  parseObject,
  toBody,
  unknownNames,
  versionOf,
} from './form';
import { errorList, fieldsetViews } from './form-page';
import { type AdminParts, abilitiesOf, contextOf, frame, idOf, keptQuery, modelCrumbs, noStore } from './frame';
import { type InlineView, inlineView } from './inline-page';
import { labelsOf } from './queries-names';
import { readObject } from './queries-objects';
import { changeObject, createObject, InvalidForm, readInlines, StaleForm, type Submission } from './save';
import { type Abilities, changeUrl, modelUrl } from './site';
import { resolveTyped } from './typed';

interface Shown {
  row: AnyRow | null;
  body: Body | null;
  invalid: InvalidForm | null;
  submission: Submission | null;
}

async function showForm(
  parts: AdminParts,
  admin: ModelAdmin,
  req: Request,
  res: Response,
  shown: Shown,
): Promise<void> {
  const { site, db } = parts;
  const { model } = admin;
  const { row, body, invalid } = shown;
  const can = abilitiesOf(parts, admin, req);
  const canChange = row === null ? can.add : can.change;
  const errors = invalid?.errors ?? {};
  const state = { db, site, admin, row, body, errors, canChange };
  const saved =
    row === null ? admin.inlines.map((inline) => ({ inline, rows: [] })) : await readInlines(db, admin, row.id);
  const inlines: InlineView[] = [];
  for (const { inline, rows } of saved) {
    const canRows = site.inlineAbilities(inline, viewerOf(req));
    if (!canRows.view || (row === null && !inline.onAdd)) continue;
    const parsed = shown.submission?.inlines.find((each) => each.inline === inline);
    const wrong = invalid?.inlineErrors.get(inline.model.name);
    const view = await inlineView({
      ...state,
      inline,
      can: canRows,
      rows,
      parsed:
        parsed === undefined ? null : { rows: parsed.rows, form: wrong?.form ?? [], bad: wrong?.rows ?? new Map() },
    });
    inlines.push({ ...view, extra: (await inline.panel?.data(contextOf(parts, req), row, req)) ?? {} });
  }
  const panels = [];
  for (const panel of admin.formPanels)
    panels.push({ partial: panel.partial, ...(await panel.data(contextOf(parts, req), row, req)) });
  const query = keptQuery(body?._changelist_filters ?? req.query._changelist_filters);
  const title =
    row === null
      ? `Add ${model.noun}`
      : (await labelsOf(db, site, model, [row])).get(row.id) || `${model.noun} ${row.id}`;
  noStore(res);
  respond(req, res, {
    page: 'views/admin/change-form.njk',
    status: invalid === null ? 200 : 422,
    data: {
      ...frame(parts, req, [...modelCrumbs(parts, model, query), { text: title }], admin),
      model,
      admin,
      can,
      canChange,
      row,
      title,
      fieldsets: await fieldsetViews(state),
      inlines,
      panels,
      query,
      formErrors: invalid === null ? [] : errorList(admin, errors, inlines),
      version:
        body === null || typeof body.version !== 'string'
          ? row === null
            ? ''
            : versionOf(model, row, saved)
          : body.version,
      listUrl: modelUrl(model),
      objectUrl: row === null ? '' : `${modelUrl(model)}${row.id}/`,
      siteUrl: row === null ? null : (admin.viewOnSite?.(row) ?? null),
      whyNotDelete: row === null ? null : (admin.hooks.whyNotDelete?.(row, viewerOf(req)) ?? null),
    },
  });
}

async function submissionOf(
  parts: AdminParts,
  admin: ModelAdmin,
  body: Body,
  viewer: Viewer,
  adding = false,
): Promise<Submission> {
  const unknown = unknownNames(admin, body, adding);
  if (unknown.length > 0) {
    throw unprocessable(
      `This form has no field called ${unknown[0]?.slice(0, 60)}. Nothing was saved.`,
      'unknown_field',
    );
  }
  const form = parseObject(admin, body);
  const typing = { db: parts.db, site: parts.site, body };
  await resolveTyped(typing, editableFields(admin), [{ prefix: '', form }]);
  const inlines = admin.inlines
    .filter((inline) => parts.site.inlineAbilities(inline, viewer).change && (inline.onAdd || !adding))
    .map((inline) => ({ inline, ...parseInline(inline, body) }));
  for (const { inline, rows } of inlines) {
    const lines = rows.filter((row) => !row.remove && !row.untouched);
    const prefixed = lines.map((row) => ({ prefix: `${inlinePrefix(inline)}-${row.index}-`, form: row }));
    await resolveTyped(typing, inlineFields(inline), prefixed);
  }
  for (const { inline, rows } of inlines) checkRows(parts.site.inlineAbilities(inline, viewer), inline, rows);
  return { form, inlines, version: typeof body.version === 'string' && body.version !== '' ? body.version : undefined };
}

/** Throws 403 for rows that this person may not add or delete. */
function checkRows(can: Abilities, { model }: Inline, rows: readonly ParsedInlineRow[]): void {
  const refuse = (verb: string) =>
    forbidden(`You don't have permission to ${verb} ${model.nounPlural}. Nothing was saved.`);
  if (!can.add && rows.some((row) => row.id === null && !row.untouched)) throw refuse('add');
  if (!can.delete && rows.some((row) => row.remove)) throw refuse('delete');
}

/** Where a saved form leads: on with the same object, on to a new one, or back to the list. */
function afterSave(req: Request, res: Response, admin: ModelAdmin, body: Body, id: number, toast: Toast): void {
  const query = keptQuery(body._changelist_filters);
  const kept = query === '' ? '' : `?_changelist_filters=${encodeURIComponent(query)}`;
  const url = modelUrl(admin.model);
  const target =
    body._continue !== undefined || body._saveasnew !== undefined
      ? changeUrl(admin.model, id) + kept
      : body._addanother === undefined
        ? url + query
        : `${url}add/${kept}`;
  respond(req, res, { redirect: target, toast });
}

/** The empty form; a query may fill fields in, as `?name=…`. */
export const showAdd =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const given = toBody(req.query);
    const names = new Set(editableFields(admin).map(([name]) => name));
    const prefilled = Object.keys(given).filter((name) => names.has(name));
    if (prefilled.length === 0)
      return showForm(parts, admin, req, res, { row: null, body: null, invalid: null, submission: null });
    const body: Body = Object.create(null);
    for (const [name, field] of editableFields(admin))
      body[name] = prefilled.includes(name) ? given[name] : field.toForm(field.initial() as never);
    return showForm(parts, admin, req, res, { row: null, body, invalid: null, submission: null });
  };

/** Adds the object, or shows the form again with what is wrong. */
export const postAdd =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const body = toBody(req.body);
    const submission = await submissionOf(parts, admin, body, viewerOf(req), true);
    if (body._addrow !== undefined) return showForm(parts, admin, req, res, withRow(body, submission, null));
    try {
      const row = await createObject(parts.site, admin, contextOf(parts, req), submission);
      afterSave(req, res, admin, body, row.id, {
        kind: 'success',
        text: `Added ${admin.model.noun} ${admin.model.title(row)}.`,
      });
    } catch (error) {
      if (!(error instanceof InvalidForm)) throw error;
      await showForm(parts, admin, req, res, { row: null, body, invalid: error, submission });
    }
  };

/** Without JavaScript, Add in an inline sends the form: it comes back with one row more and everything typed. */
function withRow(body: Body, submission: Submission, row: AnyRow | null): Shown {
  for (const { inline, rows } of submission.inlines) {
    if (inline.model.name !== body._addrow) continue;
    const index = Math.max(-1, ...rows.map((each) => each.index)) + 1;
    rows.push({ index, id: null, remove: false, untouched: true, was: {}, values: {}, errors: {} });
    body[`${inline.model.name}-TOTAL_FORMS`] = String(index + 1);
  }
  return { row, body, invalid: null, submission };
}

async function load(parts: AdminParts, admin: ModelAdmin, req: Request): Promise<AnyRow> {
  const row = await readObject(parts.db, admin.model, idOf(req));
  if (row === undefined) throw notFound(`This ${admin.model.noun} does not exist, or no longer does.`);
  return row;
}

/** The form of an object; for those who may only look, its values. */
export const showChange =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    await showForm(parts, admin, req, res, {
      row: await load(parts, admin, req),
      body: null,
      invalid: null,
      submission: null,
    });
  };

/** Saves the form; a stale one is answered with both versions, a wrong one with its mistakes. */
export const postChange =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const row = await load(parts, admin, req);
    const body = mergeChoices(admin, toBody(req.body), row);
    const submission = await submissionOf(parts, admin, body, viewerOf(req));
    if (body._addrow !== undefined) return showForm(parts, admin, req, res, withRow(body, submission, row));
    const context = contextOf(parts, req);
    try {
      if (body._saveasnew !== undefined && admin.saveAs) {
        if (!abilitiesOf(parts, admin, req).add)
          throw forbidden(`You don't have permission to add ${admin.model.nounPlural}.`);
        const copy = {
          ...submission,
          version: undefined,
          inlines: submission.inlines
            .filter(({ inline }) => parts.site.inlineAbilities(inline, context.viewer).add)
            .map((each) => ({
              ...each,
              rows: each.rows.map((line) => ({ ...line, id: null })),
            })),
        };
        const added = await createObject(parts.site, admin, context, copy);
        return afterSave(req, res, admin, body, added.id, {
          kind: 'success',
          text: `Added ${admin.model.noun} ${admin.model.title(added)}.`,
        });
      }
      const saved = await changeObject(parts.site, admin, context, row.id, submission);
      const title = admin.model.title(saved.row);
      const undo =
        saved.changes.length === 1 && submission.inlines.length === 0
          ? {
              undo: {
                action: `${modelUrl(admin.model)}undo/`,
                fields: { request: requestIdOf(req), _changelist_filters: keptQuery(body._changelist_filters) },
              },
            }
          : {};
      const toast: Toast =
        saved.changes.length === 0
          ? { kind: 'info', text: `${title}: nothing to save, nothing differs.` }
          : { kind: 'success', text: `Saved ${title}. ${saved.changes.join(' ')}`, ...undo };
      afterSave(req, res, admin, body, row.id, toast);
    } catch (error) {
      if (error instanceof InvalidForm)
        await showForm(parts, admin, req, res, { row, body, invalid: error, submission });
      else if (error instanceof StaleForm) await showConflict(parts, admin, req, res, row.id, body, submission);
      else throw error;
    }
  };
