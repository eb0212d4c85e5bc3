import { stringify } from 'csv-stringify/sync';
import type { AnyRow } from '../model';
import type { ModelAdmin } from './declare';
import { listColumns } from './list-state';

/** Most rows that one export holds. */
export const MAX_EXPORT = 100_000;

function exportValue(admin: ModelAdmin, row: AnyRow, key: string): unknown {
  const field = admin.model.fields[key];
  if (field?.secret) return undefined;
  if (field?.kind === 'foreignKey') return row[`${key}__title`] ?? row[key];
  const value = row[key];
  return value instanceof Date ? value.toISOString() : value;
}

/** The rows as the list shows them, by column: what is a field keeps its type, what is computed becomes its text. */
export function exportRows(admin: ModelAdmin, rows: readonly AnyRow[]): Record<string, unknown>[] {
  const columns = listColumns(admin).filter(({ computed }) => computed?.kind !== 'template');
  const detail = admin.listDetail;
  return rows.map((row) => ({
    id: row.id,
    ...Object.fromEntries(
      columns.map(({ key, computed }) => [
        key,
        computed === undefined ? exportValue(admin, row, key) : computed.value(row),
      ]),
    ),
    ...(detail === undefined ? {} : { [detail]: exportValue(admin, row, detail) }),
  }));
}

/** CSV that a spreadsheet opens as data: a cell that would start a formula is made text. */
export function toCsv(records: readonly Record<string, unknown>[]): string {
  const cast = {
    boolean: (value: boolean) => (value ? 'yes' : 'no'),
    date: (value: Date) => value.toISOString(),
  };
  return stringify([...records], { header: true, bom: true, record_delimiter: 'windows', escape_formulas: true, cast });
}
