import type { Request, Response } from 'express';
import { notFound } from '../lib/http-error';
import type { AnyRow } from '../model';
import { respond } from '../web/respond';
import type { Inline, ModelAdmin } from './declare';
import { type Body, changedFields, editableFields, inlinePrefix, versionOf, wasName } from './form';
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
  for (const name of Object.keys(body)) {
    const own = /^take__(.+)$/.exec(name)?.[1];
    const was = own === undefined ? undefined : body[wasName(own)];
    if (own !== undefined && was !== undefined && body[name] === 'theirs') body[own] = was;
  }
  return body;
}

interface Difference {
  name: string;
  label: string;
  theirs: string;
  mine: string;
}

/**
 * The fields of fieldwise inlines that somebody else changed while this form was about to. The form goes on from what is
 * there now: that is what `body` carries afterwards.
 */
function inlineDifferences(
  body: Body,
  submission: Submission,
  now: readonly { inline: Inline; rows: readonly AnyRow[] }[],
): Difference[] {
  const found: Difference[] = [];
  for (const { inline, rows } of submission.inlines) {
    for (const { id, index, was, values } of rows) {
      const current = now.find((each) => each.inline === inline)?.rows.find((row) => row.id === id);
      if (current === undefined) continue;
      for (const name of changedFields(inline.model, current, was)) {
        const field = inline.model.fields[name];
        if (field === undefined) continue;
        const input = `${inlinePrefix(inline)}-${index}-${name}`;
        body[wasName(input)] = field.toForm(current[name]);
        const [theirs, mine] = [field.toWords(current[name]), field.toWords(values[name])];
        found.push({ name: input, label: field.label, theirs, mine });
      }
    }
  }
  return found;
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
  const inlines = await readInlines(parts.db, admin, id);
  const own = editableFields(admin)
    .filter(([name]) => differing.has(name) && name in submission.form.values)
    .map(([name, field]) => ({
      name,
      label: field.label,
      theirs: field.toWords(current[name] as never),
      mine: field.toWords(submission.form.values[name] as never),
    }));
  const differences = [...own, ...inlineDifferences(body, submission, inlines)];
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
      version: versionOf(model, current, inlines),
      objectUrl: `${modelUrl(model)}${id}/`,
    },
  });
}
