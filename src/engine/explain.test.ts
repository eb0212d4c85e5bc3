import { flag } from '../../test/support/engine/documents';
import { type Context, compile, type Explanation, type Flag, type Segment, type Serve } from '.';

const NOW = { now: Date.parse('2026-06-01T12:00:00Z') };

/** What is told, without the traces of conditions; they have tests of their own. */
function tell(given: Flag, context: Context = {}, segments: Segment[] = []): Explanation {
  const engine = compile({ version: 1, flags: [given], segments });
  const { steps, ...told } = engine.explain('f', context, NOW);
  expect(told.decision).toBe(engine.evaluate('f', context, NOW));
  return {
    ...told,
    steps: steps.map(({ condition, ...step }) => {
      expect(condition?.holds).toBe(step.kind === 'rule' ? step.decided : undefined);
      return step;
    }),
  };
}

const halves = (first: number) => [
  { variant: 'on', weight: first },
  { variant: 'off', weight: 100_000 - first },
];
/** Puts 123 at 87.043 %. */
const split = (first = 50_000): Serve => ({ split: halves(first), salt: 'AB12A' });
const placed = { unit: 87_043, by: 'targetingKey', salt: 'AB12A' };
const german = { attribute: 'country', is: 'equals', value: 'DE' } as const;
const always = { always: true } as const;

describe('an explanation of a flag without rules', () => {
  const stays = { reason: 'STATIC', metadata: {} } as const;
  it.each<[string, Partial<Flag>, Explanation['decision'], string]>([
    ['a variant', {}, { ...stays, value: false, variant: 'off' }, 'f is on and has no rules: it serves off (false).'],
    [
      'a variant that is called what it is',
      { type: 'string', variants: { blue: 'blue', off: '' }, otherwise: { variant: 'blue' } },
      { ...stays, value: 'blue', variant: 'blue' },
      'f is on and has no rules: it serves blue.',
    ],
    [
      'an empty text',
      { type: 'string', variants: { blue: 'blue', off: '' } },
      { ...stays, value: '', variant: 'off' },
      'f is on and has no rules: it serves off (empty).',
    ],
    ['nothing', { otherwise: null }, stays, 'f is on and has no rules: it serves the default in the code.'],
  ])('names %s', (_what, parts, decision, sentence) => {
    const steps = [{ kind: 'otherwise', text: sentence, decided: true }];
    expect(tell(flag(parts), { targetingKey: '123' })).toEqual({ decision, sentence, steps, wouldChange: [] });
  });

  it('says where a split put somebody, or that it could not', () => {
    const sentence = 'f is on and has no rules: it serves off (false); targetingKey stands at 87.043 % of the split.';
    expect(tell(flag({ otherwise: split() }), { targetingKey: '123' })).toEqual({
      decision: { value: false, variant: 'off', reason: 'SPLIT', metadata: {} },
      sentence,
      steps: [{ kind: 'otherwise', text: sentence, decided: true, split: placed }],
      wouldChange: [],
    });
    const nobody = 'f is on and has no rules: it serves the default in the code, but there is no value to split by.';
    expect(tell(flag({ otherwise: split() }), { company: 123 })).toEqual({
      decision: { reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING', metadata: {} },
      sentence: nobody,
      steps: [{ kind: 'otherwise', text: nobody, decided: true }],
      wouldChange: [],
    });
  });
});

describe('an explanation of a flag that is off', () => {
  it.each<[string | null, Explanation['decision'], string]>([
    ['on', { value: true, variant: 'on', reason: 'DISABLED', metadata: {} }, 'f is off: it serves on (true).'],
    [null, { reason: 'DISABLED', metadata: {} }, 'f is off: it serves the default in the code.'],
  ])('serving %s asks no rule', (off, decision, sentence) => {
    const rules = [{ id: 'r', when: always, serve: { variant: 'on' } }];
    expect(tell(flag({ enabled: false, off, rules }))).toEqual({
      decision,
      sentence,
      steps: [{ kind: 'disabled', text: sentence, decided: true }],
      wouldChange: ['It would be decided by its rules if f were on.'],
    });
  });
});

describe('an explanation of rules', () => {
  const rules: Flag['rules'] = [
    { id: 'de', when: german, serve: { variant: 'on' } },
    { id: 'no', name: 'Nobody', when: { not: always }, serve: { variant: 'on' } },
    { id: 'half', name: '', when: { segment: 'beta' }, serve: { split: halves(50_000), by: 'company' } },
    { id: 'rest', name: 'Rest', when: always, serve: { variant: 'off' } },
    { id: 'never', when: always, serve: { variant: 'on' } },
  ];
  const segments: Segment[] = [{ key: 'beta', id: 1, include: ['ada'] }];
  const given = flag({ rules });
  const missed = [
    {
      kind: 'rule',
      rule: 'de',
      decided: false,
      text: 'Rule 1 did not match: country is missing, not “country is DE”.',
    },
    { kind: 'rule', rule: 'no', decided: false, text: 'Rule 2 “Nobody” did not match: not “not (always)”.' },
  ];
  const first = 'Rule 1 would match if country is DE (now country is missing).';

  it('ends with the first that matches', () => {
    const text = 'Rule 1 matched: country is DE.';
    expect(tell(given, { country: 'DE' }, segments)).toEqual({
      decision: { value: true, variant: 'on', reason: 'TARGETING_MATCH', rule: 'de', metadata: {} },
      sentence: `${text} It serves on (true).`,
      steps: [{ kind: 'rule', rule: 'de', decided: true, text }],
      wouldChange: ['Rule 1 would no longer match if not “country is DE”.'],
    });
  });

  it('has those before it, and what would turn each that anything can turn', () => {
    const text = 'Rule 4 “Rest” matched: always.';
    expect(tell(given, {}, segments)).toEqual({
      decision: { value: false, variant: 'off', reason: 'TARGETING_MATCH', rule: 'rest', metadata: {} },
      sentence: `${text} It serves off (false).`,
      steps: [
        ...missed,
        { kind: 'rule', rule: 'half', decided: false, text: 'Rule 3 did not match: not “in segment beta”.' },
        { kind: 'rule', rule: 'rest', decided: true, text },
      ],
      wouldChange: [first, 'Rule 3 would match if in segment beta.'],
    });
  });

  it('says where a split put somebody, or that it could not', () => {
    const matched = 'Rule 3 matched: in segment beta';
    const change = 'Rule 3 would no longer match if not “in segment beta”.';
    const text = `${matched}; company stands at 71.753 % of the split.`;
    expect(tell(given, { targetingKey: 'ada', company: 'c2' }, segments)).toEqual({
      decision: { value: false, variant: 'off', reason: 'SPLIT', rule: 'half', metadata: {} },
      sentence: `${text} It serves off (false).`,
      steps: [
        ...missed,
        { kind: 'rule', rule: 'half', decided: true, text, split: { unit: 71_753, by: 'company', salt: 'f' } },
      ],
      wouldChange: [first, change],
    });
    const without = `${matched}, but there is no value to split by.`;
    expect(tell(given, { targetingKey: 'ada' }, segments)).toEqual({
      decision: { reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING', metadata: {} },
      sentence: `${without} It serves the default in the code.`,
      steps: [...missed, { kind: 'rule', rule: 'half', decided: true, text: without }],
      wouldChange: [first, change],
    });
  });

  it('ends with what is left when none matches', () => {
    const only = flag({ rules: rules.slice(0, 1), otherwise: split(87_044) });
    const text = 'No rule matched: it serves on (true); targetingKey stands at 87.043 % of the split.';
    expect(tell(only, { targetingKey: '123', country: 'FR' })).toEqual({
      decision: { value: true, variant: 'on', reason: 'SPLIT', metadata: {} },
      sentence: text,
      steps: [
        { kind: 'rule', rule: 'de', decided: false, text: 'Rule 1 did not match: country is FR, not “country is DE”.' },
        { kind: 'otherwise', decided: true, text, split: placed },
      ],
      wouldChange: ['Rule 1 would match if country is DE (now country is FR).'],
    });
  });
});

describe('an explanation of what cannot be decided', () => {
  const failed = (errorCode: string) => ({ reason: 'ERROR', errorCode, metadata: {} });
  const simple = (errorCode: string, text: string) => ({
    decision: failed(errorCode),
    sentence: text,
    steps: [{ kind: 'missing', text, decided: true }],
    wouldChange: [],
  });

  it('says what is wrong', () => {
    const broken = flag({ key: 'broken', enabled: false, off: 'none' });
    const engine = compile({ version: 1, flags: [flag(), broken], segments: [] }, { mistakes: 'isolate' });
    expect(engine.explain('g', {}, NOW)).toEqual(
      simple('FLAG_NOT_FOUND', 'There is no flag “g”: the default in the code counts.'),
    );
    expect(engine.explain('broken', {}, NOW)).toEqual(
      simple('PARSE_ERROR', 'broken has a mistake and cannot be decided: the default in the code counts.'),
    );
  });
});
