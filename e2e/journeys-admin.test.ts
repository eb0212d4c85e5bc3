import type { Page } from 'playwright-core';
import { button, counted, FLAGS, flagId, names, pathOf } from './support/admin-pages';
import { inBrowser } from './support/in-browser';
import { focusIsLost } from './support/page-checks';
import { fillTables } from './support/screen-data';

const browser = inBrowser();

beforeAll(() => fillTables(browser()));

/** What the audit log says about the latest act, without what differs from act to act. */
async function lastEntry(objectType: string): Promise<Record<string, unknown>> {
  return browser()
    .db('audit_entry')
    .where({ object_type: objectType })
    .orderBy('seq', 'desc')
    .first('actor_label', 'action', 'object_label', 'before', 'after', 'message');
}

describe('a list', () => {
  it('sorts by several columns, by clicking, and says so', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${FLAGS}?q=search`);
    const head = (name: string) => page.getByRole('columnheader', { name });
    await head('Everyone').getByRole('link').first().click();
    await page.waitForURL('**/?q=search&o=2');
    await head('Name').getByRole('link').first().click();
    await page.waitForURL('**/?q=search&o=1.2');
    expect(await head('Name').getAttribute('aria-sort')).toBe('ascending');
    await head('Name').getByRole('link').first().click();
    await page.waitForURL('**/?q=search&o=-1.2');
    expect(await head('Name').getAttribute('aria-sort')).toBe('descending');
    expect(await head('Everyone').getAttribute('aria-sort')).toBe('ascending');
    expect(await names(page)).toEqual((await names(page)).toSorted().toReversed());
    expect(await focusIsLost(page)).toBe(false);
    await page.getByRole('link', { name: 'Stop sorting by Name' }).click();
    await page.waitForURL('**/?q=search&o=2');
    expect(await head('Name').getAttribute('aria-sort')).toBeNull();
    expect(await focusIsLost(page)).toBe(false);
  });

  it('filters, keeps the filter through an edit, and clears it', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(FLAGS);
    const filters = page.locator('#filters');
    const no = filters
      .locator('#filter-everyone a', { hasText: 'No' })
      .or(filters.getByRole('link', { name: /^No\s*27/ }));
    await no.first().click();
    await counted(page, '27 flags');
    expect(await focusIsLost(page)).toBe(false);
    const address = pathOf(page);
    await page.getByRole('searchbox').fill('billing');
    await page.waitForURL(/q=billing/);
    await page.locator('#result-list .ff-row-link').first().click();
    await page.getByLabel('Note').fill('Edited while filtered.');
    await button(page, 'Save').click();
    await page.getByText('Saved').first().waitFor();
    expect(pathOf(page)).toContain(address.split('?')[1]);
    expect(pathOf(page)).toContain('q=billing');
    await page.getByRole('link', { name: /^Clear all/ }).click();
    await page.waitForURL(`**${FLAGS}?q=billing`);
  });

  it('leaves out what an address asks for in vain, and says so', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${FLAGS}?colour=red&q=billing_feature_005`);
    await page.getByText('The address asked for something this list does not have (colour).').waitFor();
    expect(pathOf(page)).toBe(`${FLAGS}?q=billing_feature_005`);
  });

  it('leads to sign-in when the session has ended meanwhile', async () => {
    const page = await browser().open({ as: 'vera' });
    await page.goto(FLAGS);
    await page.context().clearCookies();
    await page.getByRole('searchbox').fill('billing');
    await page.waitForURL((url) => url.pathname === '/login');
    expect(new URL(page.url()).searchParams.get('next')).toBe(FLAGS);
  });
});

describe('an action on many', () => {
  it.each([true, false])('asks, acts, and is taken back by Undo; JavaScript %s', async (javaScript) => {
    const page = await browser().open({ as: 'bob', javaScript });
    const values = () =>
      browser().db('teams_flag').where('name', 'like', 'mobile_feature_00%').orderBy('name').pluck('everyone');
    const before = await values();
    await page.goto(`${FLAGS}?q=mobile_feature_00`);
    await button(page, 'Go').click();
    await page.getByText('Choose an action first. Nothing was changed.').waitFor();
    for (const name of ['mobile_feature_002', 'mobile_feature_007'])
      await page.getByRole('checkbox', { name: `Select ${name}` }).check();
    if (javaScript) await page.getByText('2 of 2 selected').waitFor();
    await page.getByLabel('Action').selectOption({ label: 'Enable for everyone' });
    await button(page, 'Go').click();
    await page.getByRole('heading', { name: 'Enable 2 flags for everyone?' }).waitFor();
    expect(await page.getByRole('main').getByRole('listitem').allInnerTexts()).toEqual(
      expect.arrayContaining(['mobile_feature_002', 'mobile_feature_007']),
    );
    expect(await values()).toEqual(before);
    await button(page, 'Enable for everyone').click();
    await page.getByText(/flags? on for everyone/).waitFor();
    expect(pathOf(page)).toBe(`${FLAGS}?q=mobile_feature_00`);
    expect((await values()).map(Boolean)).toEqual([true, true]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(/flags? restored/).waitFor();
    expect(await values()).toEqual(before);
  });

  it('reaches every page of a list, and only what the list shows', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${FLAGS}?q=_feature_`);
    await counted(page, '107 flags');
    await page.getByRole('checkbox', { name: 'Select all rows on this page' }).check();
    await page.getByText('100 of 100 selected').waitFor();
    await page.getByRole('checkbox', { name: 'Select all 107 flags' }).check();
    await page.getByText('All 107 selected').waitFor();
    await page.getByLabel('Action').selectOption({ label: 'Disable for everyone' });
    await button(page, 'Go').click();
    await page.getByRole('heading', { name: 'Disable 107 flags for everyone?' }).waitFor();
    await button(page, 'Disable for everyone').click();
    await page.getByText(/flags off for everyone/).waitFor();
    const off: string[] = await browser().db('teams_flag').where({ everyone: false }).pluck('name');
    expect(off.filter((name) => name.includes('_feature_'))).toHaveLength(107);
    expect(off).toHaveLength(107);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(/flags restored/).waitFor();
    expect(await browser().db('teams_flag').where({ everyone: false })).toHaveLength(27);
  });
});

describe('edits in a list', () => {
  it.each([true, false])(
    'are saved together, and a wrong one stays as it was typed; JavaScript %s',
    async (javaScript) => {
      const page = await browser().open({ as: 'bob', javaScript });
      const { db } = browser();
      await db('teams_sample').where({ name: 'slow_query_log' }).update({ percent: '2.5' });
      await page.goto('/admin/teams/sample/');
      await page.getByLabel('Percent of slow_query_log').fill('7.5');
      await page.getByLabel('Percent of new_ranking').fill('a lot');
      await button(page, 'Save changes').click();
      const wrong = page.getByLabel('Percent of new_ranking');
      await page.getByText('1 row could not be saved').waitFor();
      expect(await wrong.inputValue()).toBe('a lot');
      expect(await wrong.getAttribute('aria-invalid')).toBe('true');
      expect(Number((await db('teams_sample').where({ name: 'slow_query_log' }).first()).percent)).toBe(7.5);
      expect(await lastEntry('teams.sample')).toMatchObject({
        actor_label: 'bob@example.com',
        object_label: 'slow_query_log',
        message: 'Changed Percent from 2.5 to 7.5.',
      });
      await wrong.fill('50');
      await button(page, 'Save changes').click();
      await page.getByText('Nothing to save: no row differs.').waitFor();
    },
  );
});

it('a row that somebody else changed meanwhile is not overwritten from the list', async () => {
  const page = await browser().open({ as: 'bob' });
  const { db } = browser();
  await page.goto('/admin/teams/sample/');
  await db('teams_sample').where({ name: 'new_ranking' }).update({ note: 'Theirs.', percent: '60.0' });
  await page.getByLabel('Percent of new_ranking').fill('70');
  await button(page, 'Save changes').click();
  await page.getByRole('row').getByText('Someone changed this meanwhile.').waitFor();
  expect(await page.getByLabel('Percent of new_ranking').inputValue()).toBe('70');
  const { note, percent } = await db('teams_sample').where({ name: 'new_ranking' }).first('note', 'percent');
  expect([note, Number(percent)]).toEqual(['Theirs.', 60]);
});

describe('two people at the same flag', () => {
  it('choose between both versions; nothing typed is lost', async () => {
    const [first, second] = [await browser().open({ as: 'bob' }), await browser().open({ as: 'sam' })];
    const id = await flagId(browser(), 'reports_feature_004');
    for (const page of [first, second]) await page.goto(`${FLAGS}${id}/change/`);
    await first.getByLabel('Note').fill('From Bob.');
    await first.getByLabel('Percent').fill('10');
    await button(first, 'Save').click();
    await first.getByText('Saved reports_feature_004.').waitFor();

    await second.getByLabel('Note').fill('From Sam.');
    await second.getByLabel('Percent').fill('20');
    const [answer] = await Promise.all([
      // The form asks for its sentence by POST, too.
      second.waitForResponse((response) => response.request().method() === 'POST' && /change\/$/.test(response.url())),
      button(second, 'Save').click(),
    ]);
    expect(answer.status()).toBe(409);
    await second.getByText('nothing you typed is lost').waitFor();
    expect(await browser().db('teams_flag').where({ id }).first('note')).toEqual({ note: 'From Bob.' });
    await second.getByRole('radio', { name: 'Note: take theirs, From Bob.' }).check();
    await button(second, 'Save these values').click();
    await second.getByText('Saved reports_feature_004.').waitFor();
    const { note, percent } = await browser().db('teams_flag').where({ id }).first('note', 'percent');
    expect([note, Number(percent)]).toEqual(['From Bob.', 20]);
  });
});

describe('what people may do', () => {
  it('follows from the permissions of their group, at once', async () => {
    const [sam, vera] = [await browser().open({ as: 'sam' }), await browser().open({ as: 'vera' })];
    await vera.goto('/admin/');
    expect(await vera.getByRole('link', { name: 'Change Switches' }).count()).toBe(0);
    const { id } = await browser().db('auth_group').where({ name: 'Viewers' }).first('id');
    await sam.goto(`/admin/auth/group/${id}/change/`);
    const change = sam.getByRole('checkbox', { name: 'Change Global flags: switches' });
    expect(await change.isChecked()).toBe(false);
    await change.check();
    await button(sam, 'Save and continue editing').click();
    await sam.getByText('Saved Viewers.').waitFor();
    expect(await change.isChecked()).toBe(true);
    await vera.reload();
    await vera.getByRole('link', { name: 'Change Switches' }).click();
    await vera.getByRole('button', { name: 'Save changes' }).waitFor();
    await change.uncheck();
    await button(sam, 'Save').click();
    await sam.getByText('Saved Viewers.').waitFor();
    await vera.reload();
    expect(await vera.getByRole('button', { name: 'Save changes' }).count()).toBe(0);
  });

  it('shows no controls to somebody who may only look', async () => {
    const page = await browser().open({ as: 'vera' });
    await page.goto(FLAGS);
    const main = page.getByRole('main');
    expect(await main.getByRole('button').allInnerTexts()).toEqual(['Search']);
    expect(await main.getByRole('checkbox').count()).toBe(0);
    expect(await main.getByRole('link', { name: 'Add flag' }).count()).toBe(0);
    await page.goto(`${FLAGS}${await flagId(browser(), 'billing_feature_015')}/change/`);
    await page.getByText('You may look at this flag, but not change it.').waitFor();
    expect(await page.locator('#object-form').getByRole('button').count()).toBe(0);
    expect(await page.locator('#object-form :is(input, select, textarea):not([type="hidden"])').count()).toBe(0);
  });
});

describe('deleting', () => {
  it.each([true, false])('names what goes too, and leaves the history; JavaScript %s', async (javaScript) => {
    const { db, clock, ids } = browser();
    const slug = `short-lived-${javaScript}`;
    const stamps = { created_at: clock.now().toISOString(), modified_at: clock.now().toISOString() };
    await db('orgs_organization').insert({ name: slug, slug, ...stamps });
    const { id } = await db('orgs_organization').where({ slug }).first('id');
    const membership = { organization_id: id, user_id: ids.vera, role: 'member', created_at: stamps.created_at };
    await db('orgs_membership').insert(membership);
    const page = await browser().open({ as: 'sam', javaScript });
    await page.goto(`/admin/orgs/organization/${id}/change/`);
    await page.getByRole('link', { name: 'Delete', exact: true }).click();
    await page.getByRole('heading', { name: `Delete ${slug}?` }).waitFor();
    await page.getByRole('heading', { name: '1 membership' }).waitFor();
    expect(await db('orgs_organization').where({ id })).toHaveLength(1);
    await button(page, `Delete ${slug}`).click();
    await page.getByText(`Deleted organization ${slug}.`).waitFor();
    expect(await db('orgs_membership').where({ organization_id: id })).toEqual([]);
    await page.goto(`/admin/orgs/organization/${id}/history/`);
    await page.getByText(`${slug} (deleted)`).waitFor();
    await page.getByText(`Deleted organization ${slug}.`).waitFor();
  });

  it('is refused for a flag that the code asks for', async () => {
    const page = await browser().open({ as: 'bob' });
    await page.goto(`${FLAGS}${await flagId(browser(), 'integration_jira_enabled')}/delete/`);
    await page.getByText('This flag has to stay').waitFor();
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
  });
});

describe('the same with JavaScript and without', () => {
  /** Does it both ways, and expects the same in the database and in the audit log. */
  async function bothWays<T>(
    act: (page: Page, name: string) => Promise<void>,
    read: (name: string) => Promise<T>,
    objectType: string,
  ): Promise<void> {
    const left: string[] = [];
    for (const javaScript of [true, false]) {
      const name = `both_ways_${javaScript ? 'with' : 'bare'}`;
      const page = await browser().open({ as: 'sam', javaScript });
      await act(page, name);
      const result = { row: await read(name), entry: await lastEntry(objectType) };
      left.push(JSON.stringify(result).replaceAll(name, 'both_ways'));
    }
    expect(left[0]).toBe(left[1]);
  }

  const flag = async (name: string) => {
    const row = await browser().db('teams_flag').where({ name }).first();
    if (row === undefined) return null;
    const { id, created_at, modified_at, ...rest } = row;
    const users = await browser().db('teams_flag_users').where({ flag_id: id }).orderBy('user_id').pluck('user_id');
    return { ...rest, users };
  };

  it('adds a flag', () =>
    bothWays(
      async (page, name) => {
        await page.goto(`${FLAGS}add/`);
        await page.getByLabel('Name').fill(name);
        await page.getByLabel('Note').fill('Tried in both ways.');
        await page.getByLabel('Percent').fill('12.5');
        await page.getByRole('checkbox', { name: 'Staff' }).check();
        await page.getByRole('combobox', { name: 'Add to people' }).fill('charlie@example.com');
        await button(page, 'Save').click();
        await page.getByText(`Added flag ${name}.`).waitFor();
      },
      flag,
      'teams.flag',
    ));

  it('changes it', () =>
    bothWays(
      async (page, name) => {
        await page.goto(`${FLAGS}${await flagId(browser(), name)}/change/`);
        await page.getByRole('radio', { name: 'Yes' }).check();
        await page.getByRole('checkbox', { name: 'charlie@example.com' }).uncheck();
        await button(page, 'Save and continue editing').click();
        await page.getByText(`Saved ${name}.`).waitFor();
      },
      flag,
      'teams.flag',
    ));

  it('saves it as new', () =>
    bothWays(
      async (page, name) => {
        await page.goto(`${FLAGS}${await flagId(browser(), name)}/change/`);
        await page.getByLabel('Name').fill(`${name}_copy`);
        await button(page, 'Save as new').click();
        await page.getByText(`Added flag ${name}_copy.`).waitFor();
      },
      (name) => flag(`${name}_copy`),
      'teams.flag',
    ));

  it('deletes several', () =>
    bothWays(
      async (page, name) => {
        await page.goto(`${FLAGS}?q=${name}`);
        for (const each of [name, `${name}_copy`])
          await page.getByRole('checkbox', { name: `Select ${each}`, exact: true }).check();
        await page.getByLabel('Action').selectOption({ label: 'Delete selected flags' });
        await button(page, 'Go').click();
        await button(page, 'Delete').click();
        await page.getByText('Deleted 2 flags.').waitFor();
      },
      flag,
      'teams.flag',
    ));

  it('adds a flag by conditions, says for whom it is, and whose use is kept', () =>
    bothWays(
      async (page, name) => {
        const section = (title: string) => page.getByRole('region', { name: title });
        const said = (text: string) => page.getByText(text).first().waitFor();
        await page.goto('/admin/flags/flag/add/');
        await page.getByLabel('Name').fill(name);
        await button(page, 'Add flag').click();
        await page.waitForURL(`**/flag/${name}/change/`);
        await section('Add a condition').getByLabel('Condition', { exact: true }).selectOption('percent');
        await section('Add a condition').getByLabel('Value').fill('many');
        await button(page, 'Add condition').click();
        await said('Write a percentage from 0 to 100');
        await section('Add a condition').getByLabel('Value').fill('25');
        await button(page, 'Add condition').click();
        await said('Added percent: 25.');
        await button(page, 'Require percent: 25').click();
        await said('percent: 25 is required now.');
        await page.getByRole('link', { name: 'Edit boolean: false' }).click();
        await page.getByLabel('boolean', { exact: true }).fill('true');
        await button(page, 'Save').click();
        await said('Changed boolean: false to boolean: true.');
        await button(page, 'Remove boolean: true').click();
        await said('Removed boolean: true.');
        await page.getByRole('button', { name: 'Undo' }).last().click();
        await said('Undone: the conditions are as they were.');
        await section('Who was given it').getByLabel('Keep a row for each person who asks').check();
        await section('Who was given it').getByLabel('For how many percent of the evaluations').fill('12,5');
        await button(page, 'Save what is kept').click();
        await said(`Saved for ${name}: rows are kept for 12.5% of the evaluations.`);
        if (name.endsWith('with')) expect(await focusIsLost(page)).toBe(false);
      },
      async (name) => {
        const info = await browser().db('flags_flaginfo').where({ name }).first('track_usage', 'sample_rate');
        const of = browser().db('flags_flagstate').where({ name }).orderBy('condition');
        return [info, await of.select('condition', 'value', 'required')];
      },
      'flags.flag',
    ));

  it('adds a user, a group and a switch', async () => {
    await bothWays(
      async (page, name) => {
        await page.goto('/admin/auth/user/add/');
        await page.getByLabel('E-mail address').fill(`${name}@example.com`);
        await page.getByRole('checkbox', { name: 'Staff' }).check();
        await page.getByRole('checkbox', { name: 'Viewers' }).check();
        await button(page, 'Save').click();
        await page.getByText(`Added user ${name}@example.com.`).waitFor();
      },
      async (name) => {
        const user = await browser()
          .db('auth_user')
          .where({ email: `${name}@example.com` })
          .first();
        return { ...user, id: 0, created_at: '', modified_at: '' };
      },
      'auth.user',
    );
    await bothWays(
      async (page, name) => {
        await page.goto('/admin/auth/group/add/');
        await page.getByRole('textbox', { name: 'Name' }).fill(name);
        await page.getByRole('checkbox', { name: 'View Audit: audit entries' }).check();
        await button(page, 'Save').click();
        await page.getByText(`Added group ${name}.`).waitFor();
      },
      async (name) => {
        const { id } = await browser().db('auth_group').where({ name }).first('id');
        return browser().db('auth_group_permissions').where({ group_id: id }).pluck('permission');
      },
      'auth.group',
    );
    await bothWays(
      async (page, name) => {
        await page.goto('/admin/teams/switch/add/');
        await page.getByLabel('Name').fill(name);
        await page.getByRole('checkbox', { name: 'Active' }).check();
        await button(page, 'Save and add another').click();
        await page.getByText(`Added switch ${name}.`).waitFor();
        expect(pathOf(page)).toBe('/admin/teams/switch/add/');
      },
      async (name) => Boolean((await browser().db('teams_switch').where({ name }).first('active')).active),
      'teams.switch',
    );
  });
});

it('finds models on the front page and objects by search', async () => {
  const page = await browser().open({ as: 'sam' });
  await page.goto('/admin/');
  await page.getByRole('searchbox', { name: 'Filter apps and models' }).fill('memb');
  await page.waitForURL('**/admin/?filter=memb');
  expect(await page.locator('#app-list').getByRole('rowheader').allInnerTexts()).toEqual([
    expect.stringContaining('Memberships'),
  ]);
  await page.goBack();
  await page.getByRole('link', { name: 'Change Switches' }).waitFor();
  await page.goto('/admin/search/?q=reports_feature_019');
  await page.getByRole('main').getByRole('link', { name: 'reports_feature_019' }).click();
  await page.getByRole('heading', { name: 'reports_feature_019' }).waitFor();
});
