import { type TestApp, testApp } from '../../test/support/test-app';
import { createAdminSite } from '../admin-site';
import { boolean, foreignKey, model, text } from '../model';
import { checkAdmin } from './checks';
import { type Action, column, inline, modelAdmin } from './declare';
import { readColumns } from './queries-objects';
import { AdminSite } from './site';

const Show = model('shows.show', {
  table: 'shows_show',
  noun: 'show',
  titleColumns: ['name'],
  fields: { name: text({ required: true }), open: boolean(), producer_id: foreignKey('shows.producer') },
});

const action: Action = {
  name: 'open',
  label: 'Open',
  question: (count) => `Open ${count}?`,
  confirm: 'Open',
  run: async () => ({ changed: 0, message: 'Nothing.' }),
};

describe('the checks of the admin', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await testApp();
  });
  afterAll(() => t?.close());

  it('find nothing in the admin of the product', async () => {
    expect(checkAdmin(createAdminSite(t.services), await readColumns(t.db))).toEqual([]);
  });

  it('find what the compiler cannot see, each by its id', () => {
    const broken = modelAdmin(Show, {
      listDisplay: [
        'name',
        'open',
        column('Open', (row) => row.open, { kind: 'template', template: 'partials/shows/none.njk' }),
      ],
      searchFields: ['producer_id.nowhere'],
      listEditable: ['name'],
      fieldsets: [{ fields: ['name'] }, { fields: ['name', 'open'] }],
      actions: [action, action],
      inlines: [inline(Show, { fk: 'producer_id', fields: ['name', 'age'] })],
    });
    const columns = new Map([['shows_show', new Set(['id', 'name'])]]);
    const found = checkAdmin(new AdminSite([broken], {}), columns);
    expect([...new Set(found.map(({ id }) => id))].sort()).toEqual(
      [
        'admin.E002',
        'admin.E004',
        'admin.E005',
        'admin.E006',
        'admin.E007',
        'admin.E008',
        'admin.E009',
        'admin.E010',
        'admin.E012',
      ].sort(),
    );
    const without = checkAdmin(new AdminSite([modelAdmin(Show, { listDisplay: ['name'] })], {}), new Map());
    expect(without.map(({ id }) => id)).toContain('admin.E001');
  });
});

describe('a declaration', () => {
  it('does not compile with a name that is no field', () => {
    // @ts-expect-error: there is no field nmae
    modelAdmin(Show, { listDisplay: ['nmae'] });
    // @ts-expect-error: there is no field colour
    modelAdmin(Show, { listDisplay: ['name'], listFilter: ['colour'] });
    // @ts-expect-error: there is no field age
    modelAdmin(Show, { listDisplay: ['name'], fieldsets: [{ fields: ['age'] }] });
    // @ts-expect-error: there is no field age
    modelAdmin(Show, { listDisplay: ['name'], ordering: ['-age'] });
    expect(modelAdmin(Show, { listDisplay: ['name'] }).model.label).toBe('shows.show');
  });
});
