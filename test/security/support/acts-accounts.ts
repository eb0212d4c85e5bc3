import { PASSWORD } from '../../support/people';
import { type Act, at } from './act';
import { enter, SETUP_TOKEN } from './world';

export const NEW_PASSWORD = 'verdigris kayak tulip 7';

export const ofAccounts: readonly Act[] = [
  {
    route: 'POST /login',
    by: 'visitor',
    audit: ['login auth.user'],
    url: at('/login'),
    fields: () => ({ email: 'alice@example.com', password: PASSWORD, next: '/account/' }),
  },
  {
    route: 'POST /admin/login/',
    by: 'visitor',
    audit: ['login auth.user'],
    url: at('/admin/login/'),
    fields: () => ({ email: 'bob@example.com', password: PASSWORD }),
  },
  { route: 'POST /logout', by: 'alice', audit: ['logout auth.user'], url: at('/logout') },
  { route: 'POST /admin/logout/', by: 'bob', audit: ['logout auth.user'], url: at('/admin/logout/') },
  {
    route: 'POST /signup',
    by: 'visitor',
    audit: { none: 'only a message leaves; what its link begins is recorded' },
    url: at('/signup'),
    fields: () => ({ email: 'somebody.new@example.com' }),
  },
  {
    route: 'POST /verify/:token',
    by: 'visitor',
    audit: ['add auth.user', 'login auth.user'],
    url: ({ tokens }) => `/verify/${tokens.signUp}`,
    fields: () => ({ name: 'New Person', password: NEW_PASSWORD }),
  },
  {
    route: 'POST /password/reset',
    by: 'visitor',
    audit: { none: 'only a message leaves; what its link does is recorded' },
    url: at('/password/reset'),
    fields: () => ({ email: 'alice@example.com' }),
  },
  {
    route: 'POST /password/reset/:token',
    by: 'visitor',
    audit: ['password_change auth.user'],
    url: ({ tokens }) => `/password/reset/${tokens.reset}`,
    fields: () => ({ password: NEW_PASSWORD }),
  },
  {
    route: 'POST /setup',
    by: 'visitor',
    status: 200,
    world: { superuser: false },
    audit: { none: 'a right token only opens the next form, which is recorded' },
    url: at('/setup'),
    fields: () => ({ token: SETUP_TOKEN }),
  },
  {
    route: 'POST /setup/superuser',
    by: 'visitor',
    world: { superuser: false },
    audit: ['add auth.user', 'login auth.user'],
    url: at('/setup/superuser'),
    fields: () => ({ token: SETUP_TOKEN, name: 'First', email: 'first@example.com', password: NEW_PASSWORD }),
  },
  {
    route: 'POST /account/',
    by: 'alice',
    audit: ['change auth.user'],
    url: at('/account/'),
    fields: () => ({ name: 'Alice Renamed', language: 'en', timeZone: 'Europe/Berlin' }),
  },
  {
    route: 'POST /account/theme',
    by: 'alice',
    audit: ['change auth.user'],
    url: at('/account/theme'),
    fields: () => ({ theme: 'dark' }),
  },
  {
    route: 'POST /account/password',
    by: 'alice',
    audit: ['password_change auth.user'],
    url: at('/account/password'),
    fields: () => ({ current_password: PASSWORD, new_password: NEW_PASSWORD }),
  },
  {
    route: 'POST /account/email',
    by: 'alice',
    audit: ['email_change_asked auth.user'],
    url: at('/account/email'),
    fields: () => ({ email: 'alice.new@example.com', current_password: PASSWORD }),
  },
  {
    route: 'POST /account/email/:token',
    by: 'charlie',
    audit: ['change auth.user'],
    url: ({ tokens }) => `/account/email/${tokens.emailChange}`,
  },
  {
    route: 'POST /account/sessions/end',
    by: 'alice',
    audit: ['session_end auth.user'],
    prepare: (world) => enter(world, 'alice'),
    url: at('/account/sessions/end'),
    fields: async (world) => ({ session: await world.sessionOf('alice') }),
  },
  {
    route: 'POST /account/sessions/end-others',
    by: 'alice',
    audit: ['session_end auth.user'],
    prepare: (world) => enter(world, 'alice'),
    url: at('/account/sessions/end-others'),
  },
  {
    route: 'POST /account/github/disconnect',
    by: 'alice',
    audit: ['disconnect auth.user'],
    url: at('/account/github/disconnect'),
    fields: () => ({ current_password: PASSWORD }),
  },
];

export const ofPrograms: readonly Act[] = [
  {
    route: 'POST /api/v1/token/',
    by: 'visitor',
    json: true,
    status: 200,
    audit: ['login auth.user'],
    url: at('/api/v1/token/'),
    fields: () => ({ email: 'alice@example.com', password: PASSWORD }),
  },
  {
    route: 'POST /api/v1/token/refresh/',
    by: 'visitor',
    json: true,
    status: 200,
    audit: { none: 'goes on with what a recorded sign-in began; a token that comes twice is recorded' },
    url: at('/api/v1/token/refresh/'),
    fields: ({ tokens }) => ({ refresh: tokens.refresh }),
  },
  {
    route: 'POST /api/v1/token/revoke/',
    by: 'visitor',
    json: true,
    status: 204,
    audit: ['logout auth.user'],
    url: at('/api/v1/token/revoke/'),
    fields: ({ tokens }) => ({ refresh: tokens.refresh }),
  },
  {
    route: 'POST /account/sessions/end-program',
    by: 'alice',
    audit: ['session_end auth.user'],
    url: at('/account/sessions/end-program'),
    fields: async ({ db, ids }) => {
      const { id } = await db('auth_refreshtoken').where({ user_id: ids.alice }).first('id');
      return { program: String(id) };
    },
  },
];
