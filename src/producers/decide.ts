import { compile } from '../engine';
import { type FeatureFlags, producerFeatures } from './features';
import { type FlagRow, kindOf, toDocument } from './ruleset';

/** Decisions that were made before, by what they were made of. */
const made = new Map<string, FeatureFlags>();
/** Most that are kept; a product has a few features, which go together in few ways. */
const MOST = 1_000;

/** No feature asks for the time, nor for anything about whoever asks. */
const ANY_TIME = Object.freeze({ now: 0 });

/** What a producer with this row has. Never throws: an empty row, and what cannot be decided, is off. */
export function decideFeatures(row: FlagRow, gating: boolean): FeatureFlags {
  const kind = kindOf(row, gating);
  const known = made.get(kind);
  if (known !== undefined) return known;
  const decisions = compile(toDocument(row, gating), { mistakes: 'isolate' }).evaluateAll({}, ANY_TIME);
  const features = Object.freeze(
    Object.fromEntries(producerFeatures.map(([key, { column }]) => [key, decisions[column]?.value === true])),
  ) as FeatureFlags;
  if (made.size >= MOST) made.clear();
  made.set(kind, features);
  return features;
}
