import type { Flag as Ruleset } from '../engine';
import { type FlagRow, type Gate, toRuleset } from './ruleset';
import { list } from './words';

/** As much of a flag as the sentence needs, so that a form can show it before anything is saved. */
export type Describable = Omit<FlagRow, 'name' | 'rollout'>;

/** The names of the rules that let people in by these gates. */
const namesOf = ({ rules }: Ruleset, ...gates: Gate[]): string[] =>
  gates.flatMap((gate) => rules.filter(({ id }) => id === gate).map(({ name = '' }) => name));

/** What a flag does, in plain words, as its ruleset has it: `On for staff and for 25% of everyone else.` */
export function describeFlag(flag: Describable): string {
  const ruleset = toRuleset({ ...flag, name: 'flag', rollout: false });
  if (ruleset.metadata?.otherwise === 'everyone') return `${isOnOtherwise(ruleset) ? 'On' : 'Off'} for everyone.`;
  const parts = namesOf(ruleset, 'authenticated', 'staff', 'superusers', 'user', 'group', 'language');
  const [share] = namesOf(ruleset, 'percent');
  const testers = namesOf(ruleset, 'testing').length > 0 ? ' Testers can choose for themselves.' : '';
  if (parts.length === 0) return `${share === undefined ? 'Off.' : `On for ${share} of everyone.`}${testers}`;
  const others = share === undefined ? '' : `${parts.length > 1 ? ',' : ''} and for ${share} of everyone else`;
  return `On for ${list(parts)}${others}.${testers}`;
}

/** Whether a flag is on for those whom no rule fits. */
const isOnOtherwise = ({ otherwise }: Ruleset): boolean =>
  otherwise !== null && 'variant' in otherwise && otherwise.variant === 'on';
