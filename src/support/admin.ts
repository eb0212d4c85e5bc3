import { type ModelAdmin, modelAdmin, timestamps } from '../admin';
import { LIMITS, Message, Ticket } from './models';
import { listMessages } from './queries';

export const ticketAdmin: ModelAdmin = modelAdmin(Ticket, {
  icon: 'fa-life-ring',
  description: 'What producers ask us. Answers are written below a ticket and sent by mail as well.',
  listDisplay: ['number', 'subject', 'producer_id', 'state', 'user_id', 'modified_at'],
  listDisplayLinks: ['number', 'subject'],
  listFilter: ['state', 'modified_at', 'created_at'],
  searchFields: ['subject', 'producer_id.name', 'user_id.email'],
  searchHelp: 'Search by subject, producer or person',
  ordering: ['-modified_at'],
  fieldsets: [
    { fields: ['number', 'subject', 'producer_id', 'user_id', 'state'] },
    { title: 'Dates', fields: ['created_at', 'modified_at'] },
  ],
  readonlyFields: ['number', 'subject', 'producer_id', 'user_id', 'created_at', 'modified_at'],
  formPanels: [
    {
      partial: 'partials/support/staff.njk',
      data: async ({ db }, row) => ({
        place: 'after',
        ticket: row,
        said: row === null ? [] : await listMessages(db, row.id),
        limits: LIMITS,
      }),
    },
  ],
  canAdd: false,
  hooks: { stamp: timestamps },
});

export const messageAdmin = modelAdmin(Message, {
  icon: 'fa-comment',
  description: 'Everything that was said in tickets.',
  listDisplay: ['created_at', 'ticket_id', 'from_staff', 'user_id', 'body'],
  listFilter: ['from_staff', 'created_at'],
  searchFields: ['body', 'user_id.email', 'ticket_id.subject'],
  searchHelp: 'Search by words or person',
  ordering: ['-created_at'],
  canAdd: false,
  canChange: false,
  canDelete: false,
});
