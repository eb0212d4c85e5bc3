import type { Request, Response } from 'express';
import { notFound } from '../lib/http-error';
import type { AnyRow } from '../model';
import { respond } from '../web/respond';
import type { ModelAdmin } from './declare';
import { type Body, changedFields, editableFields, versionOf } from './form';
import { type AdminParts, frame, keptQuery, modelCrumbs, noStore } from './frame';
import { readObject } from './queries-objects';
import { readInlines, type Submission } from './save';
import { changeUrl, modelUrl } from './site';

/** The answer to a stale save chose theirs for some fields: those take the value that is there now. */
export function mergeChoices(admin: ModelAdmin, body: Body, current: AnyRow): Body {
  if (body._merge === undefined) return body;
  for (const [name, field] of editableFields(admin)) {
    if (body[`take__${name}`] !== 'theirs') continue;
    body[name] = field.toForm(current[name] as never);
    delete body[`${name}__text`]; // what was typed in its box is mine
  }
  return body;
}

/** Both versions side by side, field by field; nothing that was typed is lost. */
export async function showConflict(
  parts: AdminParts,
  admin: ModelAdmin,
  req: Request,
  res: Response,
  id: number,
  body: Body,
  submission: Submission,
): Promise<void> {
  const { model } = admin;
  const current = await readObject(parts.db, model, id);
  if (current === undefined)
    throw notFound(
      `This ${model.noun} was deleted while you edited it. What you typed is still in your browser: go back to copy it.`,
    );
  const differing = new Set(changedFields(model, current, submission.form.values));
  const differences = editableFields(admin)
    .filter(([name]) => differing.has(name) && name in submission.form.values)
    .map(([name, field]) => ({
      name,
      label: field.label,
      theirs: field.toWords(current[name] as never),
      mine: field.toWords(submission.form.values[name] as never),
    }));
  const hidden = Object.entries(body)
    .filter(([name]) => !['_csrf', 'version'].includes(name) && !name.startsWith('take__'))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value ?? '']).map((each) => ({ name, value: each })));
  const title = model.title(current);
  noStore(res);
  respond(req, res, {
    page: 'views/admin/conflict.njk',
    status: 409,
    data: {
      ...frame(
        parts,
        req,
        [
          ...modelCrumbs(parts, model, keptQuery(body._changelist_filters)),
          { text: title, href: changeUrl(model, id) },
          { text: 'Changed meanwhile' },
        ],
        admin,
      ),
      model,
      title,
      differences,
      hidden,
      version: versionOf(model, current, await readInlines(parts.db, admin, id)),
      objectUrl: `${modelUrl(model)}${id}/`,
    },
  });
}
