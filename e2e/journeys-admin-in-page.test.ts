import type { Page } from 'playwright-core';
import { button, counted, FLAGS, flagId, hasFocus, names, pathOf } from './support/admin-pages';
import { holdBack, inBrowser } from './support/in-browser';
import { focusIsLost } from './support/page-checks';
import { fillTables } from './support/screen-data';

// What a page of the admin does while somebody types, ticks and adds.
const browser = inBrowser();

beforeAll(() => fillTables(browser()));

describe('a list', () => {
  it('searches while one types: the address follows, the count is read out, back leads back', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(FLAGS);
    await page.keyboard.press('/');
    await page.keyboard.type('billing_feature_00');
    await counted(page, '1 flag');
    expect(pathOf(page)).toBe(`${FLAGS}?q=billing_feature_00`);
    expect(await names(page)).toEqual(['billing_feature_005']);
    expect(await hasFocus(page.getByRole('searchbox'))).toBe(true);
    await page.keyboard.type('zz');
    await page.getByText('No flags match').waitFor();
    await page.getByRole('link', { name: 'Clear search and filters' }).click();
    await counted(page, '114 flags');
    await page.goBack();
    await page.getByText('No flags match').waitFor();
    await page.goBack();
    await counted(page, '1 flag');
    expect(await page.getByRole('searchbox').inputValue()).toBe('billing_feature_00');
    await page.reload();
    expect(await names(page)).toEqual(['billing_feature_005']);
  });

  it('keeps what is typed while an earlier answer arrives, and shows that it waits', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(FLAGS);
    const letGo = await holdBack(page, '**/admin/teams/flag/?*');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).search));
    await page.getByRole('searchbox').pressSequentially('search');
    await page.locator('#changelist-busy').waitFor({ state: 'visible' });
    const answered = page.waitForResponse('**/admin/teams/flag/?q=search');
    letGo();
    await answered;
    await page.getByRole('searchbox').pressSequentially('_feature_09', { delay: 30 });
    await counted(page, '2 flags');
    expect(await page.getByRole('searchbox').inputValue()).toBe('search_feature_09');
    expect(await hasFocus(page.getByRole('searchbox'))).toBe(true);
    expect(asked).toContain('?q=search_feature_09');
  });

  it('ticks a range with Shift, and one tick less unticks the head', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${FLAGS}?q=search_feature_0`);
    const boxes = page.locator('[name="_selected_action"]');
    await boxes.nth(1).click();
    await boxes.nth(4).click({ modifiers: ['Shift'] });
    await page.getByText(/^4 of \d+ selected$/).waitFor();
    const head = page.getByRole('checkbox', { name: 'Select all rows on this page' });
    await head.check();
    await boxes.nth(0).uncheck();
    expect(await head.evaluate((box) => (box as HTMLInputElement).indeterminate)).toBe(true);
  });
});

describe('the form of a flag', () => {
  it('says in words what it would do, while it is edited', async () => {
    const page = await browser().open({ as: 'bob' });
    await page.goto(`${FLAGS}add/`);
    const sentence = page.locator('#flag-sentence');
    await page.getByRole('checkbox', { name: 'Superusers' }).uncheck();
    await sentence.getByText('Off', { exact: false }).first().waitFor();
    await page.getByRole('checkbox', { name: 'Staff' }).check();
    await page.getByLabel('Percent').fill('25');
    await sentence.getByText('On for staff and for 25% of everyone else.').waitFor();
    const person = page.getByRole('combobox', { name: 'Add to people' });
    await person.pressSequentially('charlie');
    await page.getByRole('option', { name: 'charlie@example.com' }).click();
    await sentence.getByText('1 person').waitFor();
    await page.getByRole('radio', { name: 'No' }).check();
    await sentence.getByText('Off for everyone.').waitFor();
    expect(await browser().db('teams_flag').where({ note: '', name: '' })).toEqual([]);
  });

  it('tells who would get it, by the keyboard', async () => {
    const page = await browser().open({ as: 'vera' });
    await page.goto(`${FLAGS}${await flagId(browser(), 'billing_feature_015')}/change/`);
    const box = page.getByRole('combobox', { name: 'Person' });
    await box.focus();
    await page.keyboard.type('exam');
    const options = page.getByRole('option');
    await options.first().waitFor();
    expect(await box.getAttribute('aria-expanded')).toBe('true');
    await page
      .locator('[data-ff-count]')
      .getByText(/^\d+ results$/)
      .waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    const active = async () => page.locator(`#${await box.getAttribute('aria-activedescendant')}`).innerText();
    expect(await active()).toBe('alice@example.com');
    await page.keyboard.press('ArrowDown');
    expect(await active()).toBe('bob@example.com');
    await page.keyboard.press('Escape');
    expect(await box.getAttribute('aria-expanded')).toBe('false');
    await page.keyboard.press('ArrowDown');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await box.inputValue()).toBe('bob@example.com');
    await page.getByRole('button', { name: 'Try', exact: true }).press('Enter');
    await page.locator('#flag-tester-result').getByText('bob@example.com').waitFor();
    expect(await focusIsLost(page)).toBe(false);
    expect(await page.locator('#flag-tester-result').innerText()).toMatch(/^(On|Off) bob@example\.com – /);
  });

  it('is saved with an Undo that can be pressed while the message is being read out', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto(`${FLAGS}${await flagId(browser(), 'billing_feature_005')}/change/`);
    await page.getByLabel('Note').fill('Pressed early');
    const letGo = await holdBack(page, '**/app.js'); // it is what has the message read out
    await button(page, 'Save').click();
    const undo = page.getByRole('button', { name: 'Undo' });
    await undo.hover();
    await page.mouse.down();
    const isReadOut = page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const toasts = document.querySelector('#ff-toasts');
          if (toasts === null) throw new Error('no place for messages');
          new MutationObserver(() => resolve()).observe(toasts, { childList: true, subtree: true });
        }),
    );
    letGo();
    await isReadOut;
    await page.mouse.up();
    await page.getByText('1 flag restored.').waitFor();
  });

  it('warns before unsaved changes are left, and not after saving', async () => {
    const page = await browser().open({ as: 'bob' });
    const warned: string[] = [];
    page.on('dialog', (dialog) => warned.push(dialog.type()));
    await page.goto(`${FLAGS}${await flagId(browser(), 'reports_feature_009')}/change/`);
    await page.getByLabel('Note').fill('Something new.');
    await page.getByText('Unsaved changes').waitFor();
    await page.getByRole('link', { name: 'History' }).click();
    await page.waitForURL('**/history/');
    expect(warned).toEqual(['beforeunload']);
    await page.goBack();
    await page.getByLabel('Note').fill('Something new.');
    await button(page, 'Save and continue editing').click();
    await page.getByText('Saved reports_feature_009.').waitFor();
    expect(warned).toEqual(['beforeunload']);
  });
});

describe('rows of an inline', () => {
  const elsewhere = () => browser().db('orgs_organization').where({ slug: 'elsewhere' }).first('id');
  const open = async (page: Page) => page.goto(`/admin/orgs/organization/${(await elsewhere()).id}/change/`);
  const members = async () =>
    browser()
      .db('orgs_membership as m')
      .join('auth_user as u', 'u.id', 'm.user_id')
      .where('organization_id', (await elsewhere()).id)
      .orderBy('m.id')
      .pluck('u.email');

  /** Saves the row that was added, looks whether it is there, and takes it away again. */
  async function saveAndDelete(page: Page): Promise<void> {
    await button(page, 'Save and continue editing').click();
    await page.getByText('Saved Elsewhere.').waitFor();
    expect(await members()).toEqual(['charlie@example.com', 'vera@example.com']);
    await page
      .getByRole('checkbox', { name: /^Delete/ })
      .nth(1)
      .check();
    await button(page, 'Save').click();
    await page.getByText('Saved Elsewhere.').waitFor();
    expect(await members()).toEqual(['charlie@example.com']);
  }

  it('are added, taken away and saved, with the focus where the next word goes', async () => {
    const page = await browser().open({ as: 'sam' });
    await open(page);
    const add = page.getByRole('button', { name: 'Add another membership' });
    await add.click();
    const boxes = page.getByRole('combobox', { name: 'Person' });
    expect(await hasFocus(boxes.nth(1))).toBe(true);
    await add.click();
    expect(await hasFocus(boxes.nth(2))).toBe(true);
    await page
      .getByRole('button', { name: /^Remove/ })
      .first()
      .click();
    expect(await hasFocus(page.getByRole('button', { name: /^Remove/ }).first())).toBe(true);
    await boxes.nth(1).pressSequentially('vera');
    await page.getByRole('option', { name: 'vera@example.com' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByLabel('Role').nth(1).selectOption('admin');
    await saveAndDelete(page);
  });

  it('are added, filled and saved without JavaScript', async () => {
    const page = await browser().open({ as: 'sam', javaScript: false });
    await open(page);
    await page.getByRole('button', { name: 'Add another membership' }).click();
    await page.getByRole('combobox', { name: 'Person' }).nth(1).fill('vera@example.com');
    await page.getByLabel('Role').nth(1).selectOption('admin');
    await saveAndDelete(page);
  });

  it('make the address of a new organization from its name', async () => {
    const page = await browser().open({ as: 'sam' });
    await page.goto('/admin/orgs/organization/add/');
    await page.getByLabel('Name').pressSequentially('Ünïted Clouds & Co.');
    expect(await page.getByLabel('Slug').inputValue()).toBe('united-clouds-co');
    await page.getByLabel('Slug').fill('clouds');
    await page.getByLabel('Name').pressSequentially(' KG');
    expect(await page.getByLabel('Slug').inputValue()).toBe('clouds');
  });
});
