import fc from 'fast-check';
import { createTemplates } from '../web/templates';
import { addCtaFilter, ctaRows } from './cta';
import { conclude, type IntegrationStatus } from './policy';

const PROVIDERS = ['dropbox', 'basecamp', 'jira', 'slack', 'github'];
const templates = createTemplates({ reload: false });
addCtaFilter(templates);
const render = (data: Record<string, unknown>): string => templates.render('partials/integrations/_cta.njk', data);

/** Any status that the policy can come to. */
const anyStatus = (provider: string): fc.Arbitrary<IntegrationStatus> =>
  fc
    .record({
      connected: fc.boolean(),
      authenticated: fc.boolean(),
      hasRefresh: fc.boolean(),
      missingCredentials: fc.subarray(['A_CLIENT_ID', 'A_CLIENT_SECRET']),
      isStaff: fc.boolean(),
    })
    .map(({ isStaff, ...facts }) => ({
      provider,
      ...facts,
      ...conclude(facts, { slug: provider, name: provider }, { isStaff }),
      lastChecked: new Date(0),
      ttlSeconds: 600,
    }));

const anyStatuses = fc
  .tuple(...PROVIDERS.map((provider) => fc.option(anyStatus(provider), { nil: undefined })))
  .map((list) => list.filter((status) => status !== undefined));

const chosen = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.subarray(PROVIDERS),
  fc.constantFrom(...PROVIDERS, 'trello', '__proto__'),
);

describe('the call-to-action', () => {
  it('says something exactly of those asked for that have a blocking problem, and otherwise is nothing at all', () => {
    fc.assert(
      fc.property(anyStatuses, chosen, (list, cta_providers) => {
        const asked = typeof cta_providers === 'string' ? [cta_providers] : (cta_providers ?? PROVIDERS);
        const blocked = list.filter(({ provider, blockingProblem }) => blockingProblem && asked.includes(provider));
        const integration_statuses = Object.fromEntries(list.map((status) => [status.provider, status]));
        const html = render({ integration_statuses, cta_providers });
        expect(html === '').toBe(blocked.length === 0);
        expect(html.match(/<li /g)?.length ?? 0).toBe(blocked.length);
        expect(html.match(/<section /g)?.length ?? 0).toBe(blocked.length === 0 ? 0 : 1);
        const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
        expect(links.sort()).toEqual(blocked.flatMap(({ ctaUrl }) => ctaUrl ?? []).sort());
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing where no statuses are given', () => {
    expect(render({})).toBe('');
    expect(render({ cta_providers: 'dropbox' })).toBe('');
  });

  it('keeps what only staff get to read behind a disclosure', () => {
    const facts = { connected: true, authenticated: true, hasRefresh: true, missingCredentials: ['DROPBOX_CLIENT_ID'] };
    const rowsFor = (isStaff: boolean) => {
      const status = { ...facts, ...conclude(facts, { slug: 'dropbox', name: 'Dropbox' }, { isStaff }) };
      return ctaRows({ dropbox: { ...status, provider: 'dropbox', lastChecked: new Date(0), ttlSeconds: 1 } });
    };
    expect(rowsFor(true)).toMatchObject([
      { line: "Dropbox can't be used right now.", detail: 'Missing in the environment: DROPBOX_CLIENT_ID.' },
    ]);
    expect(rowsFor(false)).toMatchObject([
      { line: "Dropbox can't be used right now. Ask your administrator.", detail: null, ctaUrl: null },
    ]);
  });

  it('names its region, offers one button for each line, and escapes what it says', () => {
    const reason = '<b>Action</b> required';
    const status = {
      provider: 'jira',
      blockingProblem: true,
      reason,
      ctaLabel: 'Reconnect Jira',
      ctaUrl: '/integrations/jira/connect/',
    };
    const html = render({ integration_statuses: { jira: status }, ctaId: 'ff-cta' });
    expect(html).toMatch(/^<section class="ff-cta" id="ff-cta" aria-label="Action required">/);
    const github = { ...status, provider: 'github', reason: "GitHub isn't connected." };
    const inPage = render({ integration_statuses: { jira: status, github }, cta_providers: ['jira', 'github'] });
    expect(inPage).toMatch(/^<section class="ff-cta" aria-label="Jira, GitHub">/); // beside the line, a name of its own
    expect(html).toContain('&lt;b&gt;Action&lt;/b&gt; required');
    expect(html).toMatch(/<a class="[^"]*ff-btn[^"]*" href="\/integrations\/jira\/connect\/">Reconnect Jira<\/a>/);
  });
});
