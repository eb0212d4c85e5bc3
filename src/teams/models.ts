import {
  boolean,
  choice,
  decimal,
  integer,
  manyToMany,
  model,
  nullableBoolean,
  text,
  textarea,
  timestamp,
} from '../model';

/** Flag, switch and sample names: what code asks for. */
const name = (help: string) =>
  text({
    required: true,
    unique: true,
    max: 100,
    help,
    pattern: { expression: /^[\w.:-]+$/, message: 'Use letters, digits, underscores, dots, colons and hyphens.' },
  });

/** A global flag, after django-waffle. */
export const Flag = model('teams.flag', {
  table: 'teams_flag',
  noun: 'flag',
  titleColumns: ['name'],
  fields: {
    name: name('The name that code asks for. Keep it: renaming a flag turns it off where the old name is asked.'),
    note: textarea({ help: 'What this is for and where it is used.' }),
    everyone: nullableBoolean({
      label: 'Everyone',
      help: 'Yes or No decides for everybody and overrides all that follows. Rules leaves it to the settings below.',
      texts: { unknown: 'Rules', yes: 'Yes', no: 'No' },
    }),
    superusers: boolean({ initial: true, help: 'On for superusers.' }),
    staff: boolean({ help: 'On for staff.' }),
    authenticated: boolean({ help: 'On for everybody who is signed in.' }),
    languages: text({
      max: 500,
      help: 'On for these languages: codes separated by commas, like de, en-gb.',
      pattern: {
        expression: /^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*(\s*,\s*[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*)*$/,
        message: 'Write language codes separated by commas, like de, en-gb.',
      },
    }),
    groups: manyToMany('auth.group', {
      through: { table: 'teams_flag_groups', from: 'flag_id', to: 'group_id' },
      help: 'On for the people in these groups.',
    }),
    users: manyToMany('auth.user', {
      label: 'People',
      through: { table: 'teams_flag_users', from: 'flag_id', to: 'user_id' },
      help: 'On for these people.',
    }),
    percent: decimal({
      places: 1,
      min: 0,
      max: 99.9,
      help: 'On for this share of everyone else, from 0.0 to 99.9. The same people stay in it; raising it only adds.',
    }),
    rollout: boolean({ help: 'Visitors outside the share are drawn again in their next session.' }),
    testing: boolean({ help: 'Lets a request choose for itself with the query parameter dwft_<name>. For tests.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** One on/off for the whole site. */
export const Switch = model('teams.switch', {
  table: 'teams_switch',
  noun: 'switch',
  nounPlural: 'switches',
  titleColumns: ['name'],
  fields: {
    name: name('The name that code asks for.'),
    active: boolean({ help: 'On or off, for everybody alike.' }),
    note: textarea({ help: 'What this is for and where it is used.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** On for a share of the calls, drawn anew each time. */
export const Sample = model('teams.sample', {
  table: 'teams_sample',
  noun: 'sample',
  titleColumns: ['name'],
  fields: {
    name: name('The name that code asks for.'),
    percent: decimal({ places: 1, min: 0, max: 100, required: true, help: 'Share of the calls, from 0.0 to 100.0.' }),
    note: textarea({ help: 'What this is for and where it is used.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** A name that code asked for and nobody has made. */
export const Missing = model('teams.missing', {
  table: 'teams_missing',
  noun: 'missing name',
  titleColumns: ['name'],
  fields: {
    kind: choice({
      choices: [
        { value: 'flag', text: 'Flag' },
        { value: 'switch', text: 'Switch' },
        { value: 'sample', text: 'Sample' },
      ],
    }),
    name: text(),
    asked: integer({ label: 'Asked' }),
    created_at: timestamp('First asked'),
    modified_at: timestamp('Last asked'),
  },
});
