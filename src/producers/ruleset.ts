import type { Document, Flag as Ruleset } from '../engine';
import { type FeatureFlagColumn, producerFeatures } from './features';

/** A producer's row of flags as the database has it; empty where there is none, or where it cannot be read. */
export type FlagRow = Partial<Record<FeatureFlagColumn, unknown>>;

const isOn = (value: unknown): boolean => value === true || value === 1;

/** Whether a producer that was read with its flags turned out to have no row of them. */
export const lacksRow = (row: FlagRow): boolean => producerFeatures.every(([, { column }]) => row[column] === null);

/**
 * What one producer has, a constant for each column. What is not there, or not a boolean of the database, is off. While
 * gating is switched off, the flags are, too, and what they serve then is on.
 */
export const toRulesets = (row: FlagRow, gating: boolean): Ruleset[] =>
  producerFeatures.map(([, { column }]) => ({
    key: column,
    type: 'boolean',
    variants: { on: true, off: false },
    enabled: gating,
    off: 'on',
    rules: [],
    otherwise: { variant: isOn(row[column]) ? 'on' : 'off' },
  }));

/** What the engine loads. */
export const toDocument = (row: FlagRow, gating: boolean): Document => ({
  version: 1,
  flags: toRulesets(row, gating),
  segments: [],
});

/** One text for all rows that come to the same rulesets: there are few of them, however many producers. */
export function kindOf(row: FlagRow, gating: boolean): string {
  let kind = gating ? 'gated' : 'open';
  for (const [, { column }] of producerFeatures) kind += isOn(row[column]) ? ' 1' : ' 0';
  return kind;
}
