import { formatMoney, fromMajor, toMajor } from './money';

describe('money', () => {
  it('always names its currency', () => {
    expect(formatMoney(123_450, 'USD')).toBe('$1,234.50');
    expect(formatMoney(123_450, 'CAD')).toBe('CA$1,234.50');
    expect(formatMoney(1_234, 'JPY')).toBe('¥1,234');
    expect(formatMoney(-500, 'EUR')).toBe('−€5.00');
    expect(formatMoney(500, '??')).toBe('?? 5.00');
  });

  it('is typed as people write it', () => {
    const typed = { '25': 2_500, '25.5': 2_550, '$25.50': 2_550, '1,234.50': 123_450, '25,50': 2_550, '0': 0 };
    for (const [text, minor] of Object.entries(typed)) expect([text, fromMajor(text, 'USD')]).toEqual([text, minor]);
    expect(fromMajor('1200', 'JPY')).toBe(1_200);
    for (const bad of ['', 'ten', '-5', '1.234', '1e3', '25.505', '99999999999']) {
      expect([bad, fromMajor(bad, 'USD')]).toEqual([bad, undefined]);
    }
  });

  it('comes out of a form as it went in', () => {
    for (const minor of [0, 1, 99, 100, 123_456, 99_999_999])
      expect(fromMajor(toMajor(minor, 'USD'), 'USD')).toBe(minor);
  });
});
