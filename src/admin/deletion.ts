import type { Database } from '../db';
import { conflict, forbidden } from '../lib/http-error';
import { hasPermission, type Viewer } from '../lib/viewer';
import { permissionFor } from '../model';
import { formatCount } from '../web/filters';
import type { ModelAdmin } from './declare';
import { type RelatedRows, readRelated } from './queries-objects';
import type { AdminSite } from './site';

/** Why this person may not delete objects to which these rows belong: some would go too that are not theirs to delete. */
export function whyNotWith(related: readonly RelatedRows[], viewer: Viewer): string | undefined {
  const first = related.find(
    ({ model, onDelete }) => onDelete === 'cascade' && !hasPermission(viewer, permissionFor(model, 'delete')),
  );
  if (first === undefined) return undefined;
  const count = formatCount(first.count, first.model.noun, first.model.nounPlural);
  return `${count} would go too, and you don't have permission to delete ${first.model.nounPlural}.`;
}

/** Throws 409 when something else still needs one of the objects, and 403 when more would go than this person may delete. */
export async function assertDeletable(
  db: Database,
  site: AdminSite,
  { model }: ModelAdmin,
  ids: readonly number[],
  viewer: Viewer,
): Promise<void> {
  const related = await readRelated(db, site, model, ids);
  const blocking = related.find(({ onDelete }) => onDelete === 'protect');
  if (blocking !== undefined) {
    const count = formatCount(blocking.count, blocking.model.noun, blocking.model.nounPlural);
    throw conflict(`Still used by ${count}, so nothing was deleted.`, 'protected');
  }
  const why = whyNotWith(related, viewer);
  if (why !== undefined) throw forbidden(`Nothing was deleted: ${why}`);
}
