import { compile, type Engine, type Flag as Ruleset } from '../engine';
import { type AskedFlag, askedFlag } from './answer';
import type { Everything } from './queries';
import { type RulesetOptions, sampleRuleset, switchRuleset, toDocument, toRuleset } from './ruleset';

/** Something by its name, and when it was changed last. */
interface Named {
  readonly name: string;
  readonly modifiedAt: Date;
}

/** All of one kind, ready to be decided. */
export interface Decidable {
  readonly engine: Engine;
  /** In the order of their names. */
  readonly named: readonly Named[];
}

/** All flags, switches and samples, made ready to be asked. */
export interface TeamsSnapshot {
  readonly flags: Decidable;
  /** How requests ask for each flag, by its name. */
  readonly asked: ReadonlyMap<string, AskedFlag>;
  readonly switches: Decidable;
  readonly samples: Decidable;
  /** All of it as it was read, for pages that tell of it. */
  readonly rows: Everything;
  /** False before the first load: then a name that is not here may well exist. */
  readonly loaded: boolean;
}

/** Compiles once what is asked often. A row that makes no ruleset spoils no other one. */
const decidable = (rows: readonly Named[], rulesets: readonly Ruleset[]): Decidable => ({
  engine: compile(toDocument(rulesets), { mistakes: 'isolate' }),
  named: rows.map(({ name, modifiedAt }) => ({ name, modifiedAt })),
});

export function toSnapshot(rows: Everything, options: RulesetOptions, loaded = true): TeamsSnapshot {
  const { flags, switches, samples } = rows;
  const rulesets = flags.map((flag) => toRuleset(flag, options));
  return {
    flags: decidable(flags, rulesets),
    asked: new Map(rulesets.map((ruleset) => [ruleset.key, askedFlag(ruleset)])),
    switches: decidable(switches, switches.map(switchRuleset)),
    samples: decidable(samples, samples.map(sampleRuleset)),
    rows,
    loaded,
  };
}

export const EMPTY_SNAPSHOT: TeamsSnapshot = toSnapshot({ flags: [], switches: [], samples: [] }, {}, false);
