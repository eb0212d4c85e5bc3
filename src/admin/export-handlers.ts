import type { Request, RequestHandler } from 'express';
import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { unprocessable } from '../lib/http-error';
import { formatCount } from '../web/filters';
import { queryText } from '../web/request';
import type { ModelAdmin } from './declare';
import { exportRows, MAX_EXPORT, toCsv } from './export';
import { type AdminParts, contextOf, noStore } from './frame';
import { scopeOf, stateOf } from './list-scope';
import { listQuery } from './list-state';
import { readMatchingRows } from './queries-list';

/** The list as a file, with its search, filters and order. */
export const exportList =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const query = { ...req.query };
    const format = queryText(req, 'format') === 'json' ? 'json' : 'csv';
    delete query.format;
    const state = stateOf(parts, admin, query);
    const rows = await readMatchingRows(scopeOf(parts, admin, state), MAX_EXPORT + 1);
    if (rows.length > MAX_EXPORT)
      throw unprocessable(`An export holds at most ${MAX_EXPORT} rows. Narrow the list with a filter.`);
    await recordExport(parts, admin, req, { format, rows: rows.length, query: listQuery(admin, state).slice(1) });
    const records = exportRows(admin, rows);
    const name = `${admin.model.app}-${admin.model.name}-${parts.clock.now().toISOString().slice(0, 10)}.${format}`;
    noStore(res).set('Content-Disposition', `attachment; filename="${name}"`);
    if (format === 'json') res.json(records);
    else res.type('text/csv').send(toCsv(records));
  };

/** What leaves the product in bulk is written down: who took how much of what. */
async function recordExport(
  parts: AdminParts,
  { model }: ModelAdmin,
  req: Request,
  taken: { format: string; rows: number; query: string },
): Promise<void> {
  const { db, clock, actor } = contextOf(parts, req);
  await inTransaction(db, (trx) =>
    recordAudit(trx, clock, actor, {
      action: 'export',
      objectType: model.label,
      objectId: '',
      objectLabel: model.nounPlural,
      after: taken,
      message: `Exported ${formatCount(taken.rows, model.noun, model.nounPlural)} as ${taken.format.toUpperCase()}.`,
    }),
  );
}
