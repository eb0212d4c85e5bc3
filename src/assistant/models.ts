import { choice, foreignKey, model, text, textarea, timestamp } from '../model';

/** Longest question, in characters. */
export const LONGEST_QUESTION = 500;

/** A question to the assistant with its answer. */
export const Question = model('assistant.question', {
  table: 'assistant_question',
  noun: 'question',
  titleColumns: ['question'],
  fields: {
    question: text({ max: LONGEST_QUESTION }),
    state: choice({
      choices: [
        { value: 'open', text: 'Not answered' },
        { value: 'complete', text: 'Answered' },
        { value: 'unknown', text: 'Nothing found' },
        { value: 'cut', text: 'Cut off' },
      ],
    }),
    answer: textarea(),
    answered_by: choice({
      label: 'Answered by',
      choices: [
        { value: '', text: 'Nobody' },
        { value: 'articles', text: 'The articles' },
        { value: 'service', text: 'The answer service' },
      ],
    }),
    note: text({ max: 200 }),
    producer_id: foreignKey('producers.producer', { label: 'Producer' }),
    user_id: foreignKey('auth.user', { label: 'Person' }),
    created_at: timestamp('Asked'),
    modified_at: timestamp('Answered'),
  },
});
