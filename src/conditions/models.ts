import { model, text, textarea, timestamp } from '../model';

/** A flag by conditions, as far as the database knows it; its conditions are rows of flags_flagstate. */
export const ConditionFlag = model('flags.flag', {
  table: 'flags_flaginfo',
  noun: 'flag',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, unique: true, max: 100, help: 'The name that code asks for.' }),
    description: textarea({ help: 'What this is for and where it is used.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});
