import { modelAdmin } from '../admin';
import { Question } from './models';

export const questionAdmin = modelAdmin(Question, {
  icon: 'fa-robot',
  description:
    'What producers asked the assistant, and what it said. Questions without an answer tell which articles are missing.',
  listDisplay: ['question', 'state', 'answered_by', 'producer_id', 'user_id', 'created_at'],
  listFilter: ['state', 'answered_by', 'created_at'],
  searchFields: ['question', 'answer', 'producer_id.name', 'user_id.email'],
  searchHelp: 'Search by words, producer or person',
  ordering: ['-created_at'],
  canAdd: false,
  canChange: false,
});
