import { type CompiledFlag, compileFlag } from './evaluate';
import type { Everything } from './queries';
import type { Sample, Switch } from './types';

/** All flags, switches and samples, made ready to be asked. */
export interface TeamsSnapshot {
  readonly flags: ReadonlyMap<string, CompiledFlag>;
  readonly switches: ReadonlyMap<string, Switch>;
  readonly samples: ReadonlyMap<string, Sample>;
  /** False before the first load: then a name that is not here may well exist. */
  readonly loaded: boolean;
}

export const EMPTY_SNAPSHOT: TeamsSnapshot = {
  flags: new Map(),
  switches: new Map(),
  samples: new Map(),
  loaded: false,
};

const byName = <T extends { readonly name: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.name, item]));

export const toSnapshot = ({ flags, switches, samples }: Everything): TeamsSnapshot => ({
  flags: byName(flags.map(compileFlag)),
  switches: byName(switches),
  samples: byName(samples),
  loaded: true,
});
