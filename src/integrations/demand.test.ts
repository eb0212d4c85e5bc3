import { type TestApp, testApp } from '../../test/support/test-app';
import { toDemand } from './demand';

const DAY = 24 * 60 * 60 * 1000;
const now = new Date('2026-11-21T15:00:00Z');
const on = (day: string, integration: string, count = 1) => ({ day, integration, count });

describe('toDemand', () => {
  it('has nothing to draw while nobody has asked', () => {
    expect(toDemand([], { until: now })).toEqual({ total: 0, totals: [], chart: null });
  });

  it('names the most wanted first', () => {
    const { total, totals } = toDemand([on('2026-11-20', 'slack', 3), on('2026-11-21', 'jira', 5)], { until: now });
    expect(total).toBe(8);
    expect(totals).toEqual([
      { slug: 'jira', name: 'Jira', count: 5 },
      { slug: 'slack', name: 'Slack', count: 3 },
    ]);
  });

  it('counts by day at first, two weeks at least, quiet days as zeros, up to today', () => {
    const { chart } = toDemand([on('2026-11-18', 'slack', 3), on('2026-11-20', 'slack', 1)], { until: now });
    expect(chart?.labels).toHaveLength(14);
    expect(chart?.labels.at(-1)).toBe('21 Nov');
    expect(chart?.series[0]?.values.slice(-4)).toEqual([3, 0, 1, 0]);
    expect(chart?.title).toBe('Interest per day');
    expect(chart?.desc).toBe('4 clicks from 8 November 2026 to 21 November 2026, in UTC: Slack 4.');
  });

  it('shows no day that the list leaves out', () => {
    const from = new Date('2026-11-21T00:00:00Z');
    const { chart } = toDemand([on('2026-11-21', 'slack', 3)], { from, until: now });
    expect(chart?.labels).toEqual(['21 Nov']);
    expect(chart?.desc).toBe('3 clicks on 21 November 2026, in UTC: Slack 3.');
  });

  it('counts by week, from Monday, once the days would no longer fit', () => {
    const { chart } = toDemand([on('2026-09-20', 'jira', 2), on('2026-09-21', 'jira', 3), on('2026-11-21', 'jira')], {
      until: now,
    });
    expect(chart?.labelTitle).toBe('Week from');
    expect(chart?.labels.slice(0, 2)).toEqual(['14 Sept', '21 Sept']);
    expect(chart?.series[0]?.values.slice(0, 2)).toEqual([2, 3]);
    expect(chart?.series[0]?.values.at(-1)).toBe(1);
  });

  it('counts by month once the weeks would no longer fit', () => {
    const { chart } = toDemand([on('2025-01-31', 'jira', 2), on('2026-11-01', 'jira', 3)], { until: now });
    expect(chart?.labels).toHaveLength(23);
    expect(chart?.labels[0]).toBe('Jan 2025');
    expect(chart?.series[0]?.values).toEqual([2, ...Array(21).fill(0), 3]);
  });

  it('gives an integration the same colour whatever else is shown, and keeps one that the catalogue lost', () => {
    const style = (slug: string, ...others: string[]) =>
      toDemand(
        [slug, ...others].map((name) => on('2026-11-20', name)),
        { until: now },
      ).chart?.series.find(({ name }) => name.toLowerCase() === slug)?.style;
    expect(style('slack')).toBe(style('slack', 'jira', 'copilot'));
    expect(toDemand([on('2026-11-20', 'trello')], { until: now }).totals[0]?.name).toBe('trello');
  });

  it('adds up to what was asked, however the days lie', () => {
    for (const span of [1, 13, 30, 31, 32, 200, 371, 372, 900]) {
      const day = (back: number) => new Date(now.getTime() - back * DAY).toISOString().slice(0, 10);
      const counts = [on(day(span), 'jira', 2), on(day(Math.floor(span / 2)), 'jira', 5), on(day(0), 'slack', 7)];
      const { chart } = toDemand(counts, { until: now });
      const drawn = chart?.series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0);
      expect(drawn).toBe(14);
      expect(chart?.labels.length).toBeLessThan(60);
    }
  });
});

describe('the panel above the list of interest', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await testApp({ environment: {} });
    t.clock.set(now);
    const acme = (await t.db('orgs_organization').where('slug', 'acme').first()).id;
    const rows: [keyof TestApp['ids'], string, string, number | null][] = [
      ['alice', 'jira', '2026-11-20T23:59:59.999Z', acme],
      ['alice', 'slack', '2026-11-21T00:00:00.000Z', acme],
      ['bob', 'slack', '2026-11-02T10:00:00.000Z', null],
      ['charlie', 'slack', '2025-12-31T23:30:00.000Z', null],
    ];
    await t.db('integrations_interest').insert(
      rows.map(([who, integration, created_at, organization_id]) => ({
        user_id: t.ids[who],
        integration,
        created_at,
        organization_id,
      })),
    );
  });
  afterAll(() => t?.close());

  const panel = async (query: string) => {
    const { text } = await (await t.as('vera')).get(`/admin/integrations/interest/${query}`).expect(200);
    return /<section class="ff-demand"[\s\S]*?<\/section>/.exec(text)?.[0] ?? '';
  };
  const stats = (html: string) =>
    Object.fromEntries(
      [...html.matchAll(/ff-stat-label">([^<]*)<\/p><p class="ff-stat-value">([^<]*)</g)].map(([, label, value]) => [
        label,
        Number(value),
      ]),
    );

  it('counts everything, and shows it as a chart with its figures in a table', async () => {
    const html = await panel('');
    expect(stats(html)).toEqual({ 'All interest': 4, Jira: 1, Slack: 3 });
    expect(html).toContain('role="img"');
    expect(html).toContain('<caption class="ff-sr">Interest per week</caption>');
  });

  it('follows the filters of the list: integration, organization, date', async () => {
    expect(stats(await panel('?integration__exact=slack'))).toEqual({ 'All interest': 3, Slack: 3 });
    const acme = (await t.db('orgs_organization').where('slug', 'acme').first()).id;
    expect(stats(await panel(`?organization_id__id__exact=${acme}`))).toEqual({ 'All interest': 2, Jira: 1, Slack: 1 });
    expect(stats(await panel('?created_at__since=today'))).toEqual({ 'All interest': 1, Slack: 1 });
    expect(stats(await panel('?q=charlie'))).toEqual({ 'All interest': 1, Slack: 1 });
  });

  it('puts each click on its day in UTC, on both databases', async () => {
    const html = await panel('?created_at__since=month');
    expect(html).toContain('<th scope="row">1 Nov</th>');
    expect(html).not.toContain(' Oct</th>');
    const rows = [...html.matchAll(/<tr><th scope="row">([^<]*)<\/th>(.*?)<\/tr>/g)].map(([, label, cells]) => [
      label,
      ...[...(cells ?? '').matchAll(/>(\d+)<\/td>/g)].map(([, value]) => Number(value)),
    ]);
    expect(rows.filter(([, ...values]) => values.some((value) => value !== 0))).toEqual([
      ['2 Nov', 0, 1],
      ['20 Nov', 1, 0],
      ['21 Nov', 0, 1],
    ]);
  });

  it('has nothing to say when the filters leave nothing', async () => {
    expect(await panel('?q=nobody')).toMatch(/^<section [^>]*hidden>/);
  });

  it('comes along when htmx narrows the list', async () => {
    const { text } = await (await t.as('vera'))
      .htmxGet('/admin/integrations/interest/?integration__exact=jira')
      .expect(200);
    expect(text).toContain('<hx-partial hx-target="#demand" hx-swap="outerMorph">');
    expect(stats(text)).toEqual({ 'All interest': 1, Jira: 1 });
  });
});
