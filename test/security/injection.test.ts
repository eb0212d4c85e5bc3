import { runInNewContext } from 'node:vm';
import type { RouteEntry } from '../../src/web/routes';
import type { Visitor } from '../support/test-app';
import { ADMIN_MODELS, actorOf, acts, type Fields, listUrl } from './support/acts';
import { tagsOf, unescapeHtml } from './support/html';
import { CANARY, poison } from './support/poison';
import { readUrl } from './support/reads';
import { createWorld, enter, SharedWorld, type World } from './support/world';

/** Where it stands escaped, whatever the columns cut off behind. */
const ESCAPED = '&lt;img src=x onerror=alert(1)&gt;';
const AS_ADDRESS = 'javascript:alert(1)//';

/** What a page would run or load that is not ours; empty when all is well. */
function problems(html: string): string[] {
  const found: string[] = [];
  for (const { name, attributes } of tagsOf(html)) {
    for (const [key, value] of attributes) {
      if (/^on/.test(key) || key === 'style' || key === 'srcdoc') found.push(`<${name} ${key}="${value}">`);
      if (
        /^(href|src|action|formaction|poster|data|hx-(get|post|put|patch|delete))$/.test(key) &&
        !/^([/?#]|data:image\/|mailto:[\w%.!'()*~-]+$|$)/.test(value)
      )
        found.push(`<${name} ${key}="${value}">`);
      if (/^hx-(on|vals|headers|request)/.test(key) && /^js:|^javascript:/.test(value)) found.push(`<${name} ${key}>`);
    }
    if (name === 'img' && attributes.get('src') === 'x') found.push('<img src=x>');
    if (name === 'script' && !attributes.has('src') && attributes.get('type') !== 'application/json')
      found.push('<script>');
  }
  return found;
}

const getsOf = ({ app }: World): string[] =>
  (app.get('routes') as RouteEntry[]).filter(({ method }) => method === 'GET').map(({ path }) => path);

/** Every page that somebody may open, also as htmx asks for it, with what is wrong with it. */
async function walk(
  world: World,
  visitor: Visitor,
  more: readonly string[] = [],
): Promise<{ wrong: string[]; shown: number }> {
  const wrong: string[] = [];
  let shown = 0;
  for (const url of [
    ...getsOf(world)
      .filter((path) => !/github/.test(path))
      .map((path) => readUrl(world, path)),
    ...more,
  ]) {
    for (const answer of [await visitor.get(url), await visitor.htmxGet(url)]) {
      if (answer.status >= 500) wrong.push(`${url}: ${answer.status}`);
      if (!String(answer.headers['content-type']).startsWith('text/html')) continue;
      wrong.push(...problems(answer.text).map((each) => `${url}: ${each}`));
      if (answer.text.includes(`${ESCAPED}49`)) wrong.push(`${url}: was computed`);
      if (answer.text.includes(ESCAPED)) shown += 1;
    }
  }
  return { wrong, shown };
}

describe('text from outside', () => {
  let world: World;
  let poisoned: string[];
  let people: Visitor[];
  beforeAll(async () => {
    world = await createWorld();
    await world.db('orgs_organization').where({ slug: 'acme' }).update({ time_zone: 'UTC' });
    // Signed in first: the addresses that people sign in with are about to be poisoned, too.
    people = [await world.as('sam'), await world.as('alice'), await world.as('charlie'), world.visitor()];
    await enter(world, 'sam'); // another session, for the list of them
    poisoned = await poison(world.db, CANARY);
  }, 30_000);
  afterAll(() => world?.close());

  it('reaches every column that holds some', () => {
    expect(poisoned).toEqual(
      expect.arrayContaining([
        ...['auth_user.name', 'auth_user.email', 'auth_group.name', 'orgs_organization.name', 'orgs_organization.slug'],
        ...['teams_flag.name', 'teams_flag.note', 'teams_switch.name', 'teams_sample.note', 'teams_missing.name'],
        ...['audit_entry.actor_label', 'audit_entry.object_label', 'audit_entry.message', 'audit_entry.user_agent'],
        ...['analytics_event.event', 'auth_identity.label'],
      ]),
    );
  });

  it.each([
    `<p>${CANARY}</p>`,
    `<a href="${AS_ADDRESS}">x</a>`,
    '<p style="color:red">',
    '<form action="https://evil.example/">',
    '<script>x()</script>',
    '<input value="" onfocus=alert(1) autofocus="">',
  ])('would be found if it were shown as %s', (html) => {
    expect(problems(html).length).toBeGreaterThan(0);
    expect(problems(html.replace(/[<>"]/g, ''))).toEqual([]);
  });

  it('is shown as text on every page, to everybody', async () => {
    const more = ADMIN_MODELS.flatMap((label) => [`${listUrl(label)}?q=img`, `${listUrl(label)}?all=`]);
    const counts: number[] = [];
    for (const visitor of people) {
      const { wrong, shown } = await walk(world, visitor, more);
      expect(wrong).toEqual([]);
      counts.push(shown);
    }
    expect(counts[0]).toBeGreaterThan(50); // else nothing was tried
  }, 120_000);

  it('is shown as text when it comes back from an address', async () => {
    const text = encodeURIComponent(CANARY);
    const echoing = [
      `/login?next=${text}&notice=${text}`,
      `/login?next=/${text}`,
      `/signup?email=${text}`,
      `/signup/sent?email=${text}`,
      `/password/reset/sent?email=${text}`,
      `/onboarding/organization/?name=${text}`,
      `/integrations/interest/?integration=${text}`,
      `/integrations/${text}/connect/`,
      `/help/${text}/`,
      `/verify/${text}`,
      `/nothing/${text}?${text}=${text}`,
      `/admin/search/?q=${text}`,
      `/admin/?filter=${text}&actions=${text}`,
      ...ADMIN_MODELS.flatMap((label) => {
        const list = listUrl(label);
        return [
          `${list}?q=${text}`,
          `${list}?${text}=1`,
          `${list}?o=${text}&p=${text}`,
          `${list}add/?name=${text}&note=${text}&email=${text}`,
          `${list}add/?_changelist_filters=%3Fq%3D${text}`,
          `${list}autocomplete/?field=users&q=${text}`,
        ];
      }),
      `/admin/teams/flag/${world.objects['teams.flag']}/change/?person=${text}&person__text=${text}`,
      `/admin/teams/flag/${world.objects['teams.flag']}/change/?_changelist_filters=${text}`,
      `/admin/teams/flag/autocomplete/?field=users&users__text=${text}`,
    ];
    const wrong: string[] = [];
    for (const visitor of people) {
      for (const url of echoing) {
        for (const answer of [await visitor.get(url).redirects(1), await visitor.htmxGet(url)]) {
          if (answer.status >= 500) wrong.push(`${url}: ${answer.status}`);
          if (String(answer.headers['content-type']).startsWith('text/html'))
            wrong.push(...problems(answer.text).map((each) => `${url}: ${each}`));
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('stays data in scripts and files', async () => {
    const sam = people[0] as Visitor;
    const script = await sam.get('/wafflejs').expect(200);
    expect(script.text).toContain('\\u003cimg');
    expect(script.text).not.toContain('</script');
    const page = { window: {} as { waffle?: { FLAGS: Record<string, boolean> } } };
    runInNewContext(script.text, page);
    const waffle = page.window.waffle ?? { FLAGS: {} };
    expect(Object.keys(waffle.FLAGS).some((name) => name.includes('onerror'))).toBe(true);
    const json = await sam.get(`${listUrl('teams.flag')}export/?format=json`).expect(200);
    expect(JSON.stringify(json.body)).toContain('onerror');
    expect(json.headers['content-disposition']).toMatch(/^attachment/);
  });

  it('is no address that a page leads to', async () => {
    await poison(world.db, AS_ADDRESS);
    const { wrong } = await walk(world, people[0] as Visitor);
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe('text in forms', () => {
  const shared = new SharedWorld();
  afterAll(() => shared.giveUp());

  it('comes back as text where it is refused, and is kept as text where it is not', async () => {
    const wrong: string[] = [];
    for (const act of acts) {
      const world = await shared.get(act.world);
      world.clock.advance(20 * 60_000);
      const visitor = await actorOf(world, act);
      await act.prepare?.(world);
      const fields: Fields = (await act.fields?.(world, visitor)) ?? {};
      const fixed = /^(_|version$|.*-(id|version|TOTAL_FORMS)$)/;
      for (const text of [CANARY, AS_ADDRESS]) {
        const poisoned = Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, fixed.test(name) ? value : text]),
        );
        const answers = [
          await visitor.post(act.url(world), poisoned),
          await visitor.htmxPost(act.url(world), poisoned),
          await visitor.post(act.url(world), {
            ...fields,
            [text]: text,
            _changelist_filters: `?q=${text}`,
            next: text,
          }),
        ];
        for (const { status, text: html, headers } of answers) {
          if (status >= 500) wrong.push(`${act.route}: ${status}`);
          if (String(headers['content-type']).startsWith('text/html'))
            wrong.push(...problems(html).map((each) => `${act.route}: ${each}`));
          if (/[\r\n]|javascript:|^https?:|^\/\//.test(String(headers.location ?? '')))
            wrong.push(`${act.route} leads to ${headers.location}`);
        }
        const after = await visitor.get('/help/');
        wrong.push(...problems(after.text).map((each) => `after ${act.route}: ${each}`));
      }
      if (/logout|sessions|delete|action|password|email/.test(act.route)) await world.reset();
    }
    expect(wrong).toEqual([]);
  }, 180_000);

  it('is printed as it was typed, however much it looks like a template', async () => {
    const world = await shared.get();
    const sam = await world.as('sam');
    const note = '{{ 7 * 7 }} {% include "package.json" %} {# gone #} #{7*7} <%= 7 %>';
    await sam.post(`${listUrl('teams.switch')}add/`, { name: 'templated', note, _save: '1' });
    const { text } = await sam.get(`${listUrl('teams.switch')}?q=templated`).expect(200);
    expect(unescapeHtml(text)).toContain(note);
  });

  it('of a browser that calls itself something is shown as text', async () => {
    const world = await shared.get();
    const visitor = world.visitor();
    const token = await visitor.csrfToken();
    const form = { email: 'alice@example.com', password: 'correct horse battery', _csrf: token };
    await visitor.agent.post('/login').set('User-Agent', CANARY).type('form').send(form).expect(303);
    const { text } = await visitor.get('/account/sessions/').expect(200);
    expect(problems(text)).toEqual([]);
    const entry = await world.db('audit_entry').where({ action: 'login' }).orderBy('seq', 'desc').first('user_agent');
    expect(entry.user_agent).toBe(CANARY);
  });
});

describe('a spreadsheet', () => {
  it('opens every cell as data', async () => {
    const world = await createWorld();
    const sam = await world.as('sam');
    const starts = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(1)',
      '\t=1',
      '\r=1',
      '＝1+1',
      '＋1',
      '－1',
      '＠SUM',
      '=cmd|"/c calc"!A1',
      '"=1',
    ];
    const now = world.clock.now().toISOString();
    await world.db('auth_group').insert(starts.map((name) => ({ name, created_at: now, modified_at: now })));
    await world
      .db('auth_user')
      .where({ id: world.ids.target })
      .update({ name: '=HYPERLINK("http://evil.example","x")' });
    for (const [label, count] of [
      ['auth.group', starts.length],
      ['auth.user', 1],
    ] as const) {
      const { text } = await sam.get(`${listUrl(label)}export/?format=csv`).expect(200);
      const cells = text
        .replace(/^\ufeff/, '')
        .split(/\r\n(?=\d|$)/)
        .flatMap((line) => line.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []);
      const values = cells.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
      expect(values.filter((value) => /^[=+\-@\t\r＝＋－＠]/.test(value))).toEqual([]);
      expect(values.filter((value) => /^'[=+\-@\t\r＝＋－＠]/.test(value)).length).toBeGreaterThanOrEqual(count - 1);
    }
    await world.close();
  });
});
