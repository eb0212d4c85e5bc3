import type { RequestHandler } from 'express';
import { listEntries } from '../audit';
import { notFound } from '../lib/http-error';
import type { AnyRow } from '../model';
import { queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { bulkDelete } from './bulk';
import type { ModelAdmin } from './declare';
import { assertDeletable, whyNotWith } from './deletion';
import { toBody } from './form';
import { type AdminParts, contextOf, frame, idOf, keptQuery, modelCrumbs, noStore } from './frame';
import { labelsOf } from './queries-names';
import { readObject, readRelated } from './queries-objects';
import { changeUrl, modelUrl } from './site';

const HISTORY_PAGE = 50;

const labelOf = async ({ db, site }: AdminParts, { model }: ModelAdmin, row: AnyRow): Promise<string> =>
  (await labelsOf(db, site, model, [row])).get(row.id) || `${model.noun} ${row.id}`;

/** What one object went through, the newest first. */
export const showHistory =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const { model } = admin;
    const id = idOf(req);
    const row = await readObject(parts.db, model, id);
    const page = Math.min(1_000, Math.max(1, Number(/^\d{1,4}$/.exec(queryText(req, 'p'))?.[0] ?? 1)));
    const entries = await listEntries(parts.db, {
      objectType: model.label,
      objectId: String(id),
      limit: HISTORY_PAGE + 1,
      offset: (page - 1) * HISTORY_PAGE,
    });
    if (row === undefined && entries.length === 0) throw notFound(`This ${model.noun} does not exist.`);
    const title = row === undefined ? (entries[0]?.objectLabel ?? '') : await labelOf(parts, admin, row);
    noStore(res);
    respond(req, res, {
      page: 'views/admin/history.njk',
      data: {
        ...frame(
          parts,
          req,
          [
            ...modelCrumbs(parts, model),
            { text: title, ...(row === undefined ? {} : { href: changeUrl(model, id) }) },
            { text: 'History' },
          ],
          admin,
        ),
        model,
        title,
        gone: row === undefined,
        entries: entries.slice(0, HISTORY_PAGE),
        older: entries.length > HISTORY_PAGE ? `?p=${page + 1}` : null,
      },
    });
  };

/** The page before a deletion: everything that goes too, and what stands in the way. */
export const showDelete =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const { model } = admin;
    const id = idOf(req);
    const row = await readObject(parts.db, model, id);
    if (row === undefined) throw notFound(`This ${model.noun} does not exist, or no longer does.`);
    const title = await labelOf(parts, admin, row);
    const affected = await readRelated(parts.db, parts.site, model, [id]);
    const related = affected.map(({ model: other, ...rest }) => ({
      ...rest,
      noun: other.noun,
      nounPlural: other.nounPlural,
      examples: rest.examples.map((example) => ({ ...example, href: changeUrl(other, example.id) })),
    }));
    const query = keptQuery(req.query._changelist_filters);
    noStore(res);
    respond(req, res, {
      page: 'views/admin/delete.njk',
      data: {
        ...frame(
          parts,
          req,
          [...modelCrumbs(parts, model, query), { text: title, href: changeUrl(model, id) }, { text: 'Delete' }],
          admin,
        ),
        model,
        title,
        objectUrl: `${modelUrl(model)}${id}/`,
        goes: related.filter((each) => each.onDelete === 'cascade'),
        loses: related.filter((each) => each.onDelete === 'setNull'),
        blocks: related.filter((each) => each.onDelete === 'protect'),
        whyNot: admin.hooks.whyNotDelete?.(row, viewerOf(req)) ?? whyNotWith(affected, viewerOf(req)) ?? null,
        query,
      },
    });
  };

/** Deletes one object. */
export const postDelete =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const { model } = admin;
    const id = idOf(req);
    const row = await readObject(parts.db, model, id);
    if (row === undefined) throw notFound(`This ${model.noun} does not exist, or no longer does.`);
    await assertDeletable(parts.db, parts.site, admin, [id], viewerOf(req));
    await bulkDelete(admin, contextOf(parts, req), [id]);
    respond(req, res, {
      redirect: modelUrl(model) + keptQuery(toBody(req.body)._changelist_filters),
      toast: { kind: 'success', text: `Deleted ${model.noun} ${model.title(row)}.` },
    });
  };
