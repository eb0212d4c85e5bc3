import { choice, integer, model, text, textarea, timestamp } from '../model';
import { modelAdmin } from './declare';

const AuditEntry = model('audit.entry', {
  table: 'audit_entry',
  noun: 'audit entry',
  nounPlural: 'audit entries',
  titleColumns: ['message'],
  fields: {
    created_at: timestamp('When'),
    actor_label: text({ label: 'Who' }),
    actor_type: choice({
      label: 'Actor',
      choices: [
        { value: 'user', text: 'A person' },
        { value: 'command', text: 'A command' },
        { value: 'system', text: 'The system' },
      ],
    }),
    action: text({ label: 'What' }),
    object_type: text({ label: 'Kind' }),
    object_label: text({ label: 'Object' }),
    object_id: text({ label: 'Object id' }),
    message: textarea({ label: 'In words' }),
    before: textarea({ label: 'Before' }),
    after: textarea({ label: 'After' }),
    address: text({ label: 'From address' }),
    user_agent: text({ label: 'Browser' }),
    request_id: text({ label: 'Request id' }),
    seq: integer({ label: 'Number in the chain' }),
    hash: text({ label: 'Hash' }),
  },
});

/** The audit log, to be read and exported; nothing in it can be changed, here or by SQL. */
export const auditAdmin = modelAdmin(AuditEntry, {
  icon: 'fa-shield-halved',
  description: 'Who did what, when and from where. Append-only.',
  listDisplay: ['created_at', 'actor_label', 'object_label', 'message'],
  listFilter: ['actor_type', 'created_at'],
  searchFields: ['actor_label', 'object_label', 'message', '=request_id', '=object_type', '=action'],
  searchHelp: 'Search by person, object or words',
  ordering: ['-seq'],
  dateHierarchy: 'created_at',
  canAdd: false,
  canChange: false,
  canDelete: false,
});
