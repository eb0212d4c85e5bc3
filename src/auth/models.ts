import { boolean, choice, email, manyToMany, model, permissions, text, timestamp } from '../model';

/** A group of people, and what its members may do in the admin. */
export const Group = model('auth.group', {
  table: 'auth_group',
  noun: 'group',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, unique: true, max: 150 }),
    permissions: permissions({
      through: { table: 'auth_group_permissions', from: 'group_id', to: 'permission' },
      help: 'What members may do in the admin. Whoever may change something may also look at it.',
    }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** A person's account. The password hash is no field: nothing generic ever reads it. */
export const User = model('auth.user', {
  table: 'auth_user',
  noun: 'user',
  titleColumns: ['email'],
  fields: {
    email: email({ label: 'E-mail address', required: true, unique: true, max: 254 }),
    name: text({ max: 150 }),
    is_active: boolean({
      label: 'Active',
      initial: true,
      help: 'Off: this person cannot sign in, and is signed out at once. Better than deleting.',
    }),
    is_staff: boolean({ label: 'Staff', help: 'May enter this admin.' }),
    is_superuser: boolean({ label: 'Superuser', help: 'May do everything without being given a permission.' }),
    groups: manyToMany('auth.group', {
      through: { table: 'auth_user_groups', from: 'user_id', to: 'group_id' },
      help: 'This person may do what their groups may.',
    }),
    theme: choice({
      choices: [
        { value: 'system', text: 'As the device' },
        { value: 'light', text: 'Light' },
        { value: 'dark', text: 'Dark' },
      ],
    }),
    time_zone: text({ label: 'Time zone', initial: 'UTC', max: 64 }),
    language: text({ initial: 'en', max: 10 }),
    email_verified_at: timestamp('E-mail confirmed'),
    last_login_at: timestamp('Last sign-in'),
    created_at: timestamp('Joined'),
    modified_at: timestamp('Last changed'),
  },
});
