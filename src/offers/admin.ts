import {
  type Action,
  type AdminContext,
  bulkUpdate,
  countDiffering,
  type ModelAdmin,
  modelAdmin,
  timestamps,
} from '../admin';
import { conflict } from '../lib/http-error';
import type { Services } from '../services';
import { formatCount } from '../web/filters';
import { Service, ServiceRequest } from './models';
import { listReplaced, type RequestState } from './queries';
import { tellRequesters } from './tell-requesters';

export const serviceAdmin = modelAdmin(Service, {
  icon: 'fa-wand-magic-sparkles',
  description: 'What producers can ask for beside selling tickets.',
  listDisplay: ['name', 'price', 'is_offered', 'position', 'modified_at'],
  listDetail: 'summary',
  listFilter: ['is_offered'],
  searchFields: ['name', 'summary'],
  searchHelp: 'Search by name',
  ordering: ['position', 'name'],
  listEditable: ['is_offered', 'position'],
  prepopulated: { slug: 'name' },
  hooks: { stamp: timestamps },
});

const REPLACED = 'The producer has asked for this service again meanwhile. Answer the newer request.';

type Parts = Pick<Services, 'config' | 'mail'>;

/** An action that moves requests to a state. */
const moveTo = (admin: () => ModelAdmin, state: RequestState, name: string, label: string, done: string): Action => ({
  name,
  label,
  question: (count) => `${label.replace(' selected requests', ` ${count}`)}?`,
  confirm: label.replace(' selected requests', ''),
  affected: (context, ids) => countDiffering(context, ServiceRequest as unknown as ModelAdmin['model'], ids, { state }),
  run: async (context: AdminContext, ids) => {
    if (state !== 'declined' && (await listReplaced(context.db, ids)).length > 0) throw conflict(REPLACED);
    const changed = await bulkUpdate(admin(), context, ids, { state });
    return {
      changed,
      message:
        changed === 0 ? 'Nothing to change: they are all so already.' : `${formatCount(changed, 'request')} ${done}.`,
    };
  },
});

/** The requests of producers; whoever asked hears by mail what staff make of theirs. */
export function createRequestAdmin({ config, mail }: Parts): ModelAdmin {
  const self = () => requestAdmin;
  const requestAdmin: ModelAdmin = modelAdmin(ServiceRequest, {
    icon: 'fa-hand',
    description: 'Which producer asked for which service, and how far it has come.',
    listDisplay: ['service_id', 'producer_id', 'state', 'user_id', 'created_at'],
    listDetail: 'note',
    listFilter: ['state', 'service_id', 'created_at'],
    searchFields: ['producer_id.name', 'service_id.name', 'note', 'user_id.email'],
    searchHelp: 'Search by producer or service',
    ordering: ['-created_at'],
    fieldsets: [
      { fields: ['service_id', 'producer_id', 'user_id', 'note', 'created_at'] },
      { title: 'Our answer', help: 'The producer sees both on the card.', fields: ['state', 'answer'] },
    ],
    readonlyFields: ['service_id', 'producer_id', 'user_id', 'note', 'created_at', 'modified_at'],
    actions: [
      moveTo(self, 'contacted', 'mark_contacted', 'Mark selected requests as contacted', 'marked as contacted'),
      moveTo(self, 'active', 'mark_active', 'Mark selected requests as active', 'marked as active'),
      moveTo(self, 'declined', 'decline', 'Decline selected requests', 'declined'),
    ],
    canAdd: false,
    hooks: {
      stamp: timestamps,
      validate: async ({ state }, { db, id }): Promise<Record<string, string[]>> =>
        id !== null && state !== undefined && state !== 'declined' && (await listReplaced(db, [id])).length > 0
          ? { state: [REPLACED] }
          : {},
      afterAll: (trx, changes) => tellRequesters(trx, { mail, baseUrl: config.baseUrl }, changes),
    },
  });
  return requestAdmin;
}
