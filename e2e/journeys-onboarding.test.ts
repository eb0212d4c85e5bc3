import type { Page } from 'playwright-core';
import { localActor } from '../src/lib/viewer';
import { setEveryone } from '../src/teams';
import { until } from '../test/support/until';
import { addAccount, inBrowser, signInThrough } from './support/in-browser';

const WAYS = [
  ['neither Jira nor Slack', { jira: false, slack: false }, []],
  ['Jira', { jira: true, slack: false }, ['Jira']],
  ['Slack', { jira: false, slack: true }, ['Slack']],
  ['Jira and Slack', { jira: true, slack: true }, ['Jira', 'Slack']],
] as const;

describe('a newcomer', () => {
  const browser = inBrowser();
  let people = 0;

  async function setFlags(wanted: { jira: boolean; slack: boolean }): Promise<void> {
    for (const [slug, value] of Object.entries(wanted)) {
      const actor = localActor('system', 'test');
      await setEveryone(browser().services, actor, `integration_${slug}_enabled`, value);
    }
  }

  /** Somebody new who has just signed in. */
  async function arrive(options: { javaScript: boolean }): Promise<Page> {
    people += 1;
    const email = `newcomer${people}@example.com`;
    await addAccount(browser(), { email });
    const page = await browser().open(options);
    await signInThrough(page, email);
    return page;
  }

  /** What the page says of the way: its count, and the name of the present step. */
  const place = async (page: Page): Promise<[string | null, string | null]> => [
    await page.locator('#onboarding-count').textContent(),
    await page.locator('[aria-current="step"] .ff-step-text').textContent(),
  ];

  async function createOrganization(page: Page, name: string): Promise<void> {
    await page.getByLabel('Name of the organization').fill(name);
    await page.getByRole('button', { name: 'Create organization' }).click();
    await page.getByRole('heading', { level: 1, name: `Sync ${name}` }).waitFor();
  }

  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_name, javaScript) => {
    it.each(WAYS)(
      'is led through the steps with %s on',
      async (_way, flags, steps) => {
        await setFlags(flags);
        const page = await arrive({ javaScript });
        const count = steps.length + 3;
        expect(new URL(page.url()).pathname).toBe('/onboarding/organization/');
        expect(await place(page)).toEqual([`Step 1 of ${count}`, 'Create organization']);
        const list = page.getByRole('navigation', { name: 'Steps of setting up' }).locator('.ff-step-text');
        expect(await list.allInnerTexts()).toEqual(['Create organization', 'Sync', ...steps, 'Complete']);

        await createOrganization(page, `Harbour ${people}`);
        await browser().services.jobs.idle();
        const again = page.getByRole('link', { name: 'Check again' });
        const onward = page.getByRole('link', { name: 'Continue' });
        if (!javaScript) {
          await until('the sync to be done', async () => {
            if (await again.isVisible()) await again.click();
            return onward.isVisible();
          });
        }
        await onward.waitFor();
        expect(await place(page)).toEqual([`Step 2 of ${count}`, 'Sync']);
        expect(new URL(page.url()).pathname).toBe('/onboarding/sync_progress/'); // nobody is moved on
        expect(await page.getByRole('progressbar', { name: 'Steps done' }).getAttribute('value')).toBe('7');
        await page.getByRole('link', { name: 'Continue' }).click();

        for (const [index, name] of steps.entries()) {
          await page.getByRole('heading', { level: 1, name: `Connect ${name}` }).waitFor();
          expect(await place(page)).toEqual([`Step ${index + 3} of ${count}`, name]);
          await page.goto('/'); // somebody who leaves is led back
          await page.getByRole('heading', { level: 1, name: `Connect ${name}` }).waitFor();
          await page.getByRole('button', { name: 'Skip for now' }).click();
        }

        await page.getByRole('heading', { level: 1, name: `Harbour ${people} is set up` }).waitFor();
        expect(await place(page)).toEqual([`Step ${count} of ${count}`, 'Complete']);

        // A step that is off leads to the next one that is on; one that is on may be visited again.
        for (const slug of ['jira', 'slack'] as const) {
          await page.goto(`/onboarding/${slug}/`);
          const next = flags[slug] ? slug : slug === 'jira' && flags.slack ? 'slack' : 'complete';
          expect(new URL(page.url()).pathname).toBe(`/onboarding/${next}/`);
        }
        // Somebody who comes back later ends where they left.
        await page.goto('/');
        expect(new URL(page.url()).pathname).toMatch(/^\/(onboarding\/complete|integrations)\/$/);
        await page.goto('/onboarding/complete/');
        await page
          .getByRole('button', { name: 'Finish' })
          .or(page.getByRole('link', { name: 'Open' }))
          .first()
          .click();
        await page.getByRole('heading', { level: 1, name: 'Integrations' }).waitFor();
      },
      30_000,
    );
  });

  it('sees the short name while typing, the bar move, and the list follow a flag, without losing the focus', async () => {
    await setFlags({ jira: false, slack: false });
    const page = await arrive({ javaScript: true });
    await page.getByLabel('Name of the organization').fill('Acme');
    await page.locator('#organization-address code', { hasText: 'acme-2' }).waitFor();
    await createOrganization(page, 'Acme');
    await browser().services.jobs.idle();

    const { db } = browser();
    const job = await db('jobs_job').max({ id: 'id' }).first();
    const setJob = (changes: Record<string, unknown>) => db('jobs_job').where({ id: job?.id }).update(changes);
    const until = new Date(Date.now() + 60_000).toISOString();
    await setJob({ state: 'running', progress: 2, finished_at: null, claimed_by: 'elsewhere', claimed_until: until });
    await page.goto('/onboarding/sync_progress/');
    const bar = page.getByRole('progressbar', { name: 'Steps done' });
    expect(await bar.getAttribute('value')).toBe('2');
    expect(await page.getByRole('link', { name: 'Continue' }).count()).toBe(0);

    await page.getByRole('link', { name: 'Back' }).focus();
    await setFlags({ jira: true, slack: false });
    await setJob({ progress: 5 });
    await page.locator('progress[value="5"]').waitFor();
    expect(await place(page)).toEqual(['Step 2 of 4', 'Sync']);
    await setJob({ state: 'done', progress: 7, finished_at: until });
    await page.getByRole('link', { name: 'Continue' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/onboarding/sync_progress/');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Back');
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Connect Jira' }).waitFor();
  }, 30_000);

  it('raises no error on the way', () => {
    expect(browser().problems).toEqual([]);
  });
});
