import { excerpt, highlight, searchTerms, stem } from './terms';

const marked = (text: string, ...terms: string[]) =>
  highlight(text, terms)
    .map(({ text, hit }) => (hit ? `[${text}]` : text))
    .join('');

describe('the words of a search', () => {
  it('are beginnings without accents, capitals and words that say nothing', () => {
    expect(searchTerms('How do I REFUND the orders of a café?')).toEqual(['refund', 'order', 'cafe']);
    expect(searchTerms('what is it')).toEqual(['what', 'is', 'it']);
    expect(searchTerms('payouts payout')).toEqual(['payout']);
  });

  it('share the beginning of their forms', () => {
    for (const word of ['refund', 'refunds', 'refunded', 'refunding']) expect(stem(word)).toBe('refund');
    expect(stem('bus')).toBe('bus');
    expect(stem('2026s')).toBe('2026s');
  });

  it('are letters and digits, whatever was typed', () => {
    for (const text of ['"', "'", '*', 'a" OR "b', 'NEAR(a b)', 'x:*&!y', '\\', '%_', '\0', '😀', '\uD800', ')(']) {
      for (const term of searchTerms(text)) expect(term).toMatch(/^[\p{L}\p{N}]+$/u);
    }
    expect(searchTerms('x '.repeat(1_000)).length).toBe(1);
    expect(searchTerms(Array.from({ length: 100 }, (_, index) => `word${index}`).join(' '))).toHaveLength(12);
  });
});

describe('what was found', () => {
  it('is marked where words begin with it, and nothing is lost', () => {
    expect(marked('Refunds: a Café refunds, prerefund', 'refund', 'cafe')).toBe(
      '[Refunds]: a [Café] [refunds], prerefund',
    );
    expect(marked('<b>tax</b>', 'tax')).toBe('<b>[tax]</b>');
    expect(marked('', 'tax')).toBe('');
  });

  it('is shown with what stands around it', () => {
    const text = `${'before '.repeat(60)}the payout arrives${' after'.repeat(60)}`;
    const parts = excerpt(text, ['payout']);
    const whole = parts.map((part) => part.text).join('');
    expect(whole).toMatch(/^… .*payout.* …$/);
    expect(whole.length).toBeLessThan(240);
    expect(parts.find(({ hit }) => hit)?.text).toBe('payout');
    expect(excerpt('short', ['x'])).toEqual([{ text: 'short', hit: false }]);
  });
});
