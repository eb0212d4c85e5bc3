import { formatCount, formatDateTime, formatTimeAgo } from './filters';
import { createTemplates } from './templates';

const NOW = new Date('2026-11-21T12:00:00Z');

describe('times in words', () => {
  it.each([
    ['2026-11-21T11:59:40Z', 'just now'],
    ['2026-11-21T11:58:00Z', '2 minutes ago'],
    ['2026-11-21T09:00:00Z', '3 hours ago'],
    ['2026-11-20T11:00:00Z', 'yesterday'],
    ['2026-11-15T12:00:00Z', '6 days ago'],
    ['2026-11-14T11:00:00Z', '2026-11-14'],
    ['2026-11-21T14:00:00Z', 'in 2 hours'],
  ])('%s is %s', (time, words) => {
    expect(formatTimeAgo(new Date(time), NOW)).toBe(words);
  });

  it('are shown in the viewer’s zone, and in UTC where the zone is unknown', () => {
    expect(formatDateTime(NOW, 'America/Phoenix')).toBe('2026-11-21 05:00');
    expect(formatDateTime(NOW, 'Nowhere/Land')).toBe('2026-11-21 12:00');
  });
});

it('counts agree with their noun', () => {
  expect([0, 1, 1204].map((count) => formatCount(count, 'switch', 'switches'))).toEqual([
    '0 switches',
    '1 switch',
    '1,204 switches',
  ]);
});

describe('long names', () => {
  const render = createTemplates({ reload: false });

  it('may break at their joints, and stay escaped', () => {
    const macro = render.getFilter('breakable') as (value: unknown) => unknown;
    expect(String(macro('integration_jira_enabled'))).toBe('integration_<wbr>jira_<wbr>enabled');
    expect(String(macro('<b onx="a_b">'))).toBe('&lt;b onx=&quot;a_<wbr>b&quot;&gt;');
  });
});
