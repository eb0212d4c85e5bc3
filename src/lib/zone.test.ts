import { fromLocal, toLocal } from './zone';

const iso = (text: string, zone: string) => fromLocal(text, zone)?.toISOString();

describe('times of a zone', () => {
  it('are the same moment there and back', () => {
    expect(iso('2026-11-21T19:30', 'America/Phoenix')).toBe('2026-11-22T02:30:00.000Z');
    expect(iso('2026-07-01 19:30', 'Europe/Berlin')).toBe('2026-07-01T17:30:00.000Z');
    expect(toLocal(new Date('2026-07-01T17:30:00Z'), 'Europe/Berlin')).toBe('2026-07-01T19:30');
    expect(iso('2026-01-01T00:00', 'Pacific/Kiritimati')).toBe('2025-12-31T10:00:00.000Z');
  });

  it('are right on both sides of a change of the clocks, and missing inside of it', () => {
    expect(iso('2026-03-29T01:59', 'Europe/Berlin')).toBe('2026-03-29T00:59:00.000Z');
    expect(iso('2026-03-29T02:30', 'Europe/Berlin')).toBeUndefined();
    expect(iso('2026-03-29T03:00', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z');
    expect(iso('2026-10-25T03:00', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z');
  });

  it('are refused when they are none', () => {
    for (const bad of ['', 'tomorrow', '2026-13-01T10:00', '2026-02-30T10:00', '2026-11-21']) {
      expect(fromLocal(bad, 'UTC')).toBeUndefined();
    }
    expect(iso('2026-11-21T10:00', 'Nowhere/At All')).toBe('2026-11-21T10:00:00.000Z');
  });
});
