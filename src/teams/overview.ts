import { describeFlag } from './describe';
import type { TeamsSnapshot } from './snapshot';
import type { Flag, Kind } from './types';

/** A flag, switch or sample in words, for lists that hold flags of every form. */
export interface Overview {
  readonly kind: Kind;
  readonly id: number;
  readonly name: string;
  readonly note: string;
  /** For everybody alike, or for some. */
  readonly standing: 'on' | 'off' | 'partial';
  readonly state: string;
  /** What it decides by. */
  readonly decidesBy: 'boolean' | 'user' | 'percent' | 'mixed';
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

function flagDecidesBy(flag: Flag): Overview['decidesBy'] {
  if (flag.everyone !== null) return 'boolean';
  const people = flag.superusers || flag.staff || flag.authenticated || flag.userIds.length + flag.groups.length > 0;
  const share = flag.percent !== null && flag.percent > 0;
  if (flag.testing || flag.languages.length > 0 || (people && share)) return 'mixed';
  if (people) return 'user';
  return share ? 'percent' : 'boolean';
}

function flagStanding(flag: Flag, state: string): Overview['standing'] {
  if (flag.everyone !== null) return flag.everyone ? 'on' : 'off';
  return state === 'Off.' ? 'off' : 'partial';
}

const sampleState = (percent: number): Pick<Overview, 'standing' | 'state'> => {
  if (percent <= 0) return { standing: 'off', state: 'Off.' };
  if (percent >= 100) return { standing: 'on', state: 'On for every call.' };
  return { standing: 'partial', state: `On for ${percent}% of calls.` };
};

/** Everything of a snapshot in words, without asking anybody. */
export function overviewOf({ rows }: TeamsSnapshot): Overview[] {
  const base = <R extends { id: number; name: string; note: string; createdAt: Date; modifiedAt: Date }>(row: R) => ({
    id: row.id,
    name: row.name,
    note: row.note,
    createdAt: row.createdAt,
    modifiedAt: row.modifiedAt,
  });
  return [
    ...rows.flags.map((flag): Overview => {
      const state = describeFlag(flag);
      const standing = flagStanding(flag, state);
      return { ...base(flag), kind: 'flag', state, standing, decidesBy: flagDecidesBy(flag) };
    }),
    ...rows.switches.map((row): Overview => {
      const { active } = row;
      const state = active ? 'On for everyone.' : 'Off for everyone.';
      return { ...base(row), kind: 'switch', state, standing: active ? 'on' : 'off', decidesBy: 'boolean' };
    }),
    ...rows.samples.map(
      (row): Overview => ({ ...base(row), kind: 'sample', ...sampleState(row.percent), decidesBy: 'percent' }),
    ),
  ];
}
