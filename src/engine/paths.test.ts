import { readerOf, unitOf } from './paths';

describe('a path', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['plan', { plan: 'pro' }, 'pro'],
    ['plan', {}, undefined],
    ['account.plan', { account: { plan: 'pro' } }, 'pro'],
    ['account.plan', { 'account.plan': 'flat', account: { plan: 'pro' } }, 'flat'],
    ['account.plan', { 'account.plan': undefined, account: { plan: 'pro' } }, undefined],
    ['account.plan', { account: 'pro' }, undefined],
    ['account.plan', { account: null }, undefined],
    ['account.plan.name', { account: {} }, undefined],
    ['name.length', { name: 'text' }, undefined],
    ['names.length', { names: ['a', 'b'] }, 2],
    ['a.toString', { a: {} }, undefined],
    ['toString', {}, undefined],
    ['toString', { toString: 1 }, 1],
    ['constructor.name', {}, undefined],
    ['a.', { a: { '': 1 } }, 1],
  ])('%s of %j leads to %j', (path, context, value) => {
    expect(readerOf(path)(context)).toEqual(value);
  });
});

describe('what people are placed by', () => {
  it('is a text or a finite number', () => {
    expect(['u', '', 7, -0, 1.5, 1e21].map(unitOf)).toEqual(['u', '', '7', '0', '1.5', '1e+21']);
    for (const value of [undefined, null, true, {}, ['u'], 10n, Number.NaN, Number.POSITIVE_INFINITY])
      expect(unitOf(value)).toBeUndefined();
  });
});
