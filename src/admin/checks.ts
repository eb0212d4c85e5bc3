import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lib/root';
import { columnsOf, type Field } from '../model';
import { type Column, type Inline, isColumn, type ModelAdmin } from './declare';
import type { Columns } from './queries-objects';
import type { AdminSite } from './site';

/** A mistake in a declaration that the compiler cannot see. */
export interface AdminFinding {
  readonly id: string;
  readonly message: string;
  readonly hint: string;
}

const finding = (id: string, admin: ModelAdmin, message: string, hint: string): AdminFinding => ({
  id,
  message: `${admin.model.label}: ${message}`,
  hint,
});

const twice = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);

function checkTables(admin: ModelAdmin, columns: Columns): AdminFinding[] {
  const { model } = admin;
  const own = columns.get(model.table);
  if (own === undefined) {
    return [
      finding(
        'admin.E001',
        admin,
        `there is no table ${model.table}`,
        'Write a migration that creates it, or run the pending ones.',
      ),
    ];
  }
  const missing = columnsOf(model).filter(([name]) => !own.has(name));
  const found = missing.map(([name]) =>
    finding(
      'admin.E002',
      admin,
      `${model.table} has no column ${name}`,
      'Correct the field’s name, or add the column.',
    ),
  );
  for (const [name, { through }] of Object.entries(model.fields)) {
    if (through === undefined) continue;
    const pairs = columns.get(through.table);
    if (pairs?.has(through.from) && pairs.has(through.to)) continue;
    found.push(
      finding(
        'admin.E003',
        admin,
        `the links of ${name} are not in ${through.table}`,
        'It needs the two columns that the field names.',
      ),
    );
  }
  return found;
}

function checkRelations(site: AdminSite, admin: ModelAdmin): AdminFinding[] {
  const { model } = admin;
  const unknown = Object.entries(model.fields).filter(
    ([, field]) => field.to !== undefined && site.find(field.to) === undefined,
  );
  const found = unknown.map(([name, field]) =>
    finding(
      'admin.E004',
      admin,
      `${name} points at ${field.to}, which the admin does not know`,
      'Register that model too.',
    ),
  );
  for (const entry of admin.searchFields) {
    const [key = '', column] = entry.replace(/^[\^=]/, '').split('.');
    if (column === undefined) continue;
    const to = model.fields[key]?.to;
    const target = to === undefined ? undefined : site.find(to)?.model;
    if (target !== undefined && column in target.fields) continue;
    found.push(
      finding(
        'admin.E005',
        admin,
        `searches in ${entry}, which does not lead to a column`,
        'Write <foreign key>.<column of its model>.',
      ),
    );
  }
  return found;
}

const templatesOf = (admin: ModelAdmin): string[] => [
  ...admin.listDisplay.filter(isColumn).flatMap((column: Column) => column.template ?? []),
  ...[...admin.listPanels, ...admin.formPanels].map((panel) => panel.partial),
];

function checkNames(admin: ModelAdmin): AdminFinding[] {
  const found: AdminFinding[] = [];
  for (const template of templatesOf(admin)) {
    if (existsSync(path.join(projectRoot, template))) continue;
    found.push(
      finding(
        'admin.E006',
        admin,
        `there is no template ${template}`,
        'A template’s name is its path from the root of the repository.',
      ),
    );
  }
  for (const name of twice(admin.fieldsets.flatMap((set) => [...set.fields]))) {
    found.push(finding('admin.E007', admin, `${name} stands in the form twice`, 'Leave it in one fieldset.'));
  }
  const keys = admin.listDisplay.map((entry) => (isColumn(entry) ? entry.key : entry));
  for (const name of [...twice(keys), ...twice(admin.actions.map((action) => action.name))]) {
    found.push(
      finding('admin.E008', admin, `${name} names two columns or two actions`, 'Give one of them another key.'),
    );
  }
  for (const name of admin.listEditable) {
    const shown = keys.includes(name) && !admin.listDisplayLinks.includes(name) && !admin.readonlyFields.includes(name);
    if (shown) continue;
    found.push(
      finding(
        'admin.E009',
        admin,
        `${name} cannot be edited in the list`,
        'It has to be a column that is neither the link nor read-only.',
      ),
    );
  }
  return found;
}

function checkInline(site: AdminSite, admin: ModelAdmin, inline: Inline): AdminFinding[] {
  const fk: Field | undefined = inline.model.fields[inline.fk];
  const found: AdminFinding[] = [];
  if (fk?.to !== admin.model.label) {
    found.push(
      finding(
        'admin.E010',
        admin,
        `${inline.model.label}.${inline.fk} does not point here`,
        'An inline needs a foreign key to its model.',
      ),
    );
  }
  if (site.find(inline.model.label) === undefined) {
    found.push(
      finding(
        'admin.E011',
        admin,
        `the inline's model ${inline.model.label} is not registered`,
        'Register it, so that its permissions exist.',
      ),
    );
  }
  for (const name of inline.fields.filter((each) => !(each in inline.model.fields))) {
    found.push(
      finding('admin.E012', admin, `${inline.model.label} has no field ${name}`, 'Correct the name in the inline.'),
    );
  }
  return found;
}

/** Everything in the declarations of the admin that cannot work, with ids that stay the same. */
export function checkAdmin(site: AdminSite, columns: Columns): AdminFinding[] {
  const found: AdminFinding[] = [];
  for (const admin of site.all()) {
    found.push(...checkTables(admin, columns), ...checkRelations(site, admin), ...checkNames(admin));
    for (const inline of admin.inlines) found.push(...checkInline(site, admin, inline));
  }
  return found;
}
