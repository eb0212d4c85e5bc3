import {
  type Action,
  type AdminContext,
  bulkUpdate,
  column,
  countDiffering,
  customFilter,
  type ModelAdmin,
  modelAdmin,
  sql,
  timestamps,
} from '../admin';
import { formatCount } from '../web/filters';
import { flagState, flagTester } from './admin-panels';
import { describableRow } from './admin-row';
import { whyFlagStays } from './declared';
import { describeFlag } from './describe';
import { Flag, Missing, Sample, Switch } from './models';
import { bumpFlags } from './operations';

/** An action that gives every chosen flag the same answer for everyone. */
function setEveryone(
  name: string,
  label: string,
  value: boolean | null,
  { question, done }: { question(count: string): string; done(count: string): string },
): Action {
  return {
    name,
    label,
    question,
    confirm: label,
    undo: 'own',
    affected: (context, ids) => countDiffering(context, flagAdmin.model, ids, { everyone: value }),
    run: async (context: AdminContext, ids) => {
      const changed = await bulkUpdate(flagAdmin, context, ids, { everyone: value });
      return {
        changed,
        message: changed === 0 ? 'Nothing to change: they are all so already.' : done(formatCount(changed, 'flag')),
      };
    },
  };
}

/** Flags that name somebody through a link table, and those that name nobody. */
const linkFilter = (title: string, table: string) =>
  customFilter(
    `${title}__any`,
    title,
    [
      { value: '1', text: 'Some', where: sql('?? in (select flag_id from ??)', 't.id', table) },
      { value: '0', text: 'None', where: sql('?? not in (select flag_id from ??)', 't.id', table) },
    ],
    { exhaustive: true },
  );

export const flagAdmin: ModelAdmin = modelAdmin(Flag, {
  icon: 'fa-flag',
  description: 'Features of the whole site, switched without a deploy.',
  listDisplay: [
    'name',
    column('Everyone', (row) => row.everyone, {
      kind: 'template',
      template: 'partials/teams/everyone-switch.njk',
      orderBy: 'everyone',
    }),
    column('State', (row) => describeFlag(describableRow(row)), { kind: 'sentence' }),
    'modified_at',
  ],
  listDetail: 'note',
  listFilter: [
    'everyone',
    'superusers',
    'staff',
    'authenticated',
    linkFilter('groups', 'teams_flag_groups'),
    linkFilter('people', 'teams_flag_users'),
    'languages',
    'percent',
    'rollout',
    'testing',
  ],
  searchFields: ['name', 'note'],
  searchHelp: 'Search by name or note',
  searchText: 'search_text',
  ordering: ['name'],
  countLinks: ['users'],
  prefetch: ['groups'],
  autocomplete: ['users'],
  actions: [
    setEveryone('enable_for_everyone', 'Enable for everyone', true, {
      question: (count) => `Enable ${count} for everyone?`,
      done: (count) => `${count} on for everyone.`,
    }),
    setEveryone('disable_for_everyone', 'Disable for everyone', false, {
      question: (count) => `Disable ${count} for everyone?`,
      done: (count) => `${count} off for everyone.`,
    }),
    setEveryone('back_to_rules', 'Back to rules', null, {
      question: (count) => `Put ${count} back to rules?`,
      done: (count) => `${count} back to rules.`,
    }),
  ],
  fieldsets: [
    { fields: ['name', 'note', 'everyone'] },
    {
      title: 'Rules',
      help: 'The first that fits decides; they count only while Everyone says Rules.',
      fields: ['superusers', 'staff', 'authenticated', 'languages', 'groups', 'users', 'percent', 'rollout'],
    },
    { title: 'Testing', fields: ['testing'], collapsed: true },
    { title: 'Dates', fields: ['created_at', 'modified_at'] },
  ],
  saveAs: true,
  formPanels: [
    { partial: 'partials/teams/flag-state.njk', data: (context, row) => flagState(context, row) },
    { partial: 'partials/teams/flag-tester.njk', data: (context, row, req) => flagTester(context, row, req) },
  ],
  hooks: { stamp: timestamps, afterAll: bumpFlags, whyNotDelete: (row) => whyFlagStays(row.name) },
});

export const switchAdmin = modelAdmin(Switch, {
  icon: 'fa-toggle-on',
  description: 'One on or off for everybody alike.',
  listDisplay: ['name', 'active', 'note', 'modified_at'],
  listEditable: ['active'],
  listFilter: ['active'],
  searchFields: ['name', 'note'],
  ordering: ['name'],
  hooks: { stamp: timestamps, afterAll: bumpFlags },
});

export const sampleAdmin = modelAdmin(Sample, {
  icon: 'fa-dice',
  description: 'On for a share of calls, drawn anew each time.',
  listDisplay: ['name', 'percent', 'note', 'modified_at'],
  listEditable: ['percent'],
  searchFields: ['name', 'note'],
  ordering: ['name'],
  hooks: { stamp: timestamps, afterAll: bumpFlags },
});

export const missingAdmin = modelAdmin(Missing, {
  icon: 'fa-circle-question',
  description: 'Names that code asked for and nobody has made yet.',
  listDisplay: [
    'name',
    'kind',
    column('Action', (row) => row.kind, { kind: 'template', template: 'partials/teams/create-missing.njk' }),
    'asked',
    'modified_at',
    'created_at',
  ],
  listFilter: ['kind'],
  searchFields: ['name'],
  ordering: ['-modified_at'],
  canAdd: false,
  canChange: false,
});
