import { type Action, column, customFilter, type ModelAdmin, modelAdmin, sql } from '../admin';
import type { Services } from '../services';
import { formatCount } from '../web/filters';
import { Connection } from './models';
import { providers } from './providers';
import { mayLast } from './strategies';

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

const t = (column: string): string => `t.${column}`;
const lasting = providers.flatMap(({ slug }) => (mayLast(slug) ? slug : []));
/**
 * Whether background work would go well, as the policy concludes from what the strategies gather: nobody refused it, and it
 * goes on by a refresh token or by a token without an end. The database only says whether there are tokens.
 */
const works = sql(
  `?? is null and ?? is null and (?? is not null or (?? in (${lasting.map(() => '?').join(', ')}) and ?? is not null and ?? is null))`,
  ...[t('disconnected_at'), t('auth_failed_at'), t('refresh_token')],
  ...[t('provider'), ...lasting, t('access_token'), t('expires_at')],
);

const state = customFilter(
  'state',
  'State',
  [
    { value: 'connected', text: 'Connected', where: works },
    {
      value: 'attention',
      text: 'Needs attention',
      where: sql(`?? is null and not (${works.text})`, t('disconnected_at'), ...works.bindings),
    },
    { value: 'disconnected', text: 'Disconnected', where: sql('?? is not null', t('disconnected_at')) },
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
      column('State', ({ works: isFine, disconnected_at: ended }) => {
        if (ended !== null) return 'Disconnected';
        return isFine ? 'Connected' : 'Needs attention';
      }),
      'modified_at',
    ],
    listFacts: { works },
    listFilter: ['provider', state, 'created_at'],
    searchFields: ['user_id.email', 'user_id.name', 'external_name', '=external_id'],
    searchHelp: 'Search by person or account',
    ordering: ['-modified_at'],
    actions: [markDisconnected(services)],
    canAdd: false,
    canChange: false,
    canDelete: false,
  });
