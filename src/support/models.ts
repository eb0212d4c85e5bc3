import { boolean, choice, foreignKey, integer, model, text, textarea, timestamp } from '../model';

/** Longest subject and message, in characters. */
export const LIMITS = { subject: 120, message: 5_000, messages: 200, ticketsADay: 20 } as const;

/** A question of a producer to us, with what was said since. */
export const Ticket = model('support.ticket', {
  table: 'support_ticket',
  noun: 'ticket',
  titleColumns: ['number', 'subject'],
  fields: {
    number: integer({ automatic: true }),
    producer_id: foreignKey('producers.producer', { label: 'Producer', automatic: true }),
    user_id: foreignKey('auth.user', { label: 'Opened by', onDelete: 'setNull', automatic: true }),
    subject: text({ required: true, max: LIMITS.subject }),
    state: choice({
      choices: [
        { value: 'open', text: 'Waits for us' },
        { value: 'answered', text: 'Answered' },
        { value: 'closed', text: 'Closed' },
      ],
    }),
    created_at: timestamp('Opened'),
    modified_at: timestamp('Last message'),
  },
});

/** Something that was said in a ticket. */
export const Message = model('support.message', {
  table: 'support_message',
  noun: 'message',
  titleColumns: ['created_at'],
  fields: {
    ticket_id: foreignKey('support.ticket', { label: 'Ticket' }),
    user_id: foreignKey('auth.user', { label: 'By', onDelete: 'setNull' }),
    from_staff: boolean({ label: 'From us' }),
    body: textarea({ max: LIMITS.message, label: 'Message' }),
    created_at: timestamp('When'),
  },
});
