import { type Action, column, customFilter, type ModelAdmin, modelAdmin, sql } from '../admin';
import type { Services } from '../services';
import { formatCount } from '../web/filters';
import { Connection } from './models';

/** Erases the tokens of the chosen connections and has them revoked; their people are asked to connect again. */
const markDisconnected = ({ connections }: Pick<Services, 'connections'>): Action => ({
  name: 'mark_disconnected',
  label: 'Mark selected connections as disconnected',
  question: (count) => `Mark ${count} as disconnected?`,
  confirm: 'Mark as disconnected',
  danger: true,
  permission: 'integrations.change_connection',
  run: async ({ actor }, ids) => {
    const changed = await connections.markDisconnected(ids, actor);
    const marked = `Marked ${formatCount(changed, 'connection')} as disconnected. Their tokens were erased.`;
    return { changed, message: changed === 0 ? 'Nothing to mark: all of them are disconnected.' : marked };
  },
});

const state = customFilter(
  'state',
  'State',
  [
    {
      value: 'connected',
      text: 'Connected',
      where: sql('?? is null and ?? is null', 't.auth_failed_at', 't.disconnected_at'),
    },
    {
      value: 'attention',
      text: 'Needs attention',
      where: sql('?? is not null and ?? is null', 't.auth_failed_at', 't.disconnected_at'),
    },
    { value: 'disconnected', text: 'Disconnected', where: sql('?? is not null', 't.disconnected_at') },
  ],
  { exhaustive: true },
);

/** What people have connected, to be looked at. The tokens are no fields: nothing of the admin ever reads them. */
export const createConnectionAdmin = (services: Pick<Services, 'connections'>): ModelAdmin =>
  modelAdmin(Connection, {
    icon: 'fa-plug',
    description: 'What people have connected, and whether it works. Tokens are never shown.',
    listDisplay: [
      'user_id',
      'provider',
      'external_name',
      column('State', ({ auth_failed_at: failed, disconnected_at: ended }) => {
        if (ended !== null) return 'Disconnected';
        return failed === null ? 'Connected' : 'Needs attention';
      }),
      'modified_at',
    ],
    listFilter: ['provider', state, 'created_at'],
    searchFields: ['user_id.email', 'user_id.name', 'external_name', '=external_id'],
    searchHelp: 'Search by person or account',
    ordering: ['-modified_at'],
    actions: [markDisconnected(services)],
    canAdd: false,
    canChange: false,
    canDelete: false,
  });
