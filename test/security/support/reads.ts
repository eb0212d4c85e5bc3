import { ADMIN_MODELS, listUrl } from './acts';
import { PROBE_ACTION } from './acts-conditions';
import type { World } from './world';

type Url = (world: World) => string;

const at =
  (url: string): Url =>
  () =>
    url;

/** How a number, a token or a name in a path is written for what is really there; and the same for what is not. */
export const ABSENT: Record<string, string> = {
  ':id': '999999',
  ':token': 'A'.repeat(43),
  ':name': 'no-such-letter',
  ':slug': 'no-such-integration',
  ':number': '999999',
  ':topic': 'no-such-topic',
};

const PROBE_FLAG = '/admin/flags/flag/probe.flag.view/';

const REAL: Record<string, Url> = {
  ...Object.fromEntries(
    ['change/', 'history/', 'delete/', 'test/?try=1', 'value/?condition=percent', 'given/', 'given/export/'].map(
      (rest) => [`GET /admin/flags/flag/:name/${rest.split('?')[0]}`, at(PROBE_FLAG + rest)],
    ),
  ),
  'GET /admin/flags/flag/:name/conditions/:id/': ({ objects }) =>
    `${PROBE_FLAG}conditions/${objects['flags.flagstate']}/?edit=1`,
  'GET /admin/flags/flag/action/': at(PROBE_ACTION),
  'GET /admin/flags/flag/people/': at('/admin/flags/flag/people/?person__text=a'),
  'GET /verify/:token': ({ tokens }) => `/verify/${tokens.signUp}`,
  'GET /password/reset/:token': ({ tokens }) => `/password/reset/${tokens.reset}`,
  'GET /account/email/:token': ({ tokens }) => `/account/email/${tokens.emailChange}`,
  'GET /dev/outbox/:name': ({ letter }) => `/dev/outbox/${letter}`,
  'GET /integrations/:slug/connect/': at('/integrations/jira/connect/'), // GitHub's leaves; see reads.test.ts
  'GET /integrations/:slug/check/': at('/integrations/github/check/'),
  'GET /integrations/:slug/disconnect/': at('/integrations/github/disconnect/'),
  'GET /integrations/:slug/callback/': at('/integrations/github/callback/?state=guessed&code=guessed'),
  'GET /dashboard/knowledge-base/:slug': at('/dashboard/knowledge-base/probe-article'),
  'GET /dashboard/support/:number': at('/dashboard/support/7001'),
  'GET /help/:topic/': at('/help/account/'),
  'GET /integrations/interest/': at('/integrations/interest/?integration=jira'),
  'GET /api/v1/producers/:id/': ({ objects }) => `/api/v1/producers/${objects['producers.producer']}/`,
  'GET /dashboard/overview/:card': at('/dashboard/overview/shows'),
  'GET /dashboard/shows/:id': ({ objects }) => `/dashboard/shows/${objects['producers.show']}`,
  'GET /dashboard/shows/:id/edit': ({ objects }) => `/dashboard/shows/${objects['producers.show']}/edit`,
  'GET /dashboard/orders/:id': ({ objects }) => `/dashboard/orders/${objects['producers.order']}`,
  'GET /admin/teams/flag/:id/test/': ({ objects, ids }) =>
    `/admin/teams/flag/${objects['teams.flag']}/test/?person=${ids.alice}`,
};

/** Fields of forms that are searched by typing, by model. */
export const SEARCHED: Record<string, string> = {
  'teams.flag': 'users',
  'orgs.organization': 'user_id',
  'orgs.membership': 'user_id',
  'producers.producer': 'user_id',
  'producers.userproducer': 'user_id',
};

/** The address of what a route reads: of an object that is there. */
export function readUrl(world: World, path: string): string {
  const known = REAL[`GET ${path}`];
  if (known !== undefined) return known(world);
  const label = ADMIN_MODELS.find((each) => path.startsWith(listUrl(each)));
  if (label === undefined) return path;
  const id = world.objects[label];
  const rest = path.slice(listUrl(label).length);
  if (rest === 'autocomplete/') return `${path}?field=${SEARCHED[label] ?? 'none'}&q=a`;
  if (rest === 'action/') return `${path}?_action=delete_selected&_ids=${id}`;
  return path.replace(':id', String(id));
}

/** The same address for something that is not there; undefined for a route without such a part. */
export function absentUrl(path: string): string | undefined {
  const part = /:\w+/.exec(path)?.[0];
  return part === undefined ? undefined : path.replace(part, ABSENT[part] ?? 'absent');
}
