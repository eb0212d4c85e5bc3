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
export interface Decidable<T extends { readonly name: string }> {
  readonly engine: Engine;
  /** In the order of their names. */
  readonly byName: ReadonlyMap<string, T>;
}

/** All flags, switches and samples, made ready to be asked. */
export interface TeamsSnapshot {
  readonly flags: Decidable<Named & AskedFlag>;
  readonly switches: Decidable<Named>;
  readonly samples: Decidable<Named>;
  /** False before the first load: then a name that is not here may well exist. */
  readonly loaded: boolean;
}

/** Compiles once what is asked often. A row that makes no ruleset spoils no other one. */
function decidable<R extends Named, T extends Named>(
  rows: readonly R[],
  toRow: (row: R) => Ruleset,
  ready: (named: Named, ruleset: Ruleset) => T,
): Decidable<T> {
  const rulesets = rows.map(toRow);
  const items = rows.map(({ name, modifiedAt }, index) => ready({ name, modifiedAt }, rulesets[index] as Ruleset));
  return {
    engine: compile(toDocument(rulesets), { mistakes: 'isolate' }),
    byName: new Map(items.map((item) => [item.name, item])),
  };
}

export const toSnapshot = (
  { flags, switches, samples }: Everything,
  options: RulesetOptions,
  loaded = true,
): TeamsSnapshot => ({
  flags: decidable(
    flags,
    (flag) => toRuleset(flag, options),
    (named, ruleset) => ({ ...askedFlag(ruleset), ...named }),
  ),
  switches: decidable(switches, switchRuleset, (named) => named),
  samples: decidable(samples, sampleRuleset, (named) => named),
  loaded,
});

export const EMPTY_SNAPSHOT: TeamsSnapshot = toSnapshot({ flags: [], switches: [], samples: [] }, {}, false);
