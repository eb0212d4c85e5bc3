import {
  type Action,
  bulkUpdateIn,
  countDiffering,
  customFilter,
  type Filter,
  type ListJoin,
  type ModelAdmin,
  sql,
} from '../admin';
import { inTransaction } from '../db';
import { formatCount } from '../web/filters';
import { type ProducerFeature, producerFeatures } from './features';
import { FeatureFlagsRow, Producer } from './models';
import { addMissingFlagRows } from './queries-admin';

/** Whoever changes flags needs this, through whichever door they come. */
export const CHANGE_FLAGS = 'producers.change_featureflags';

/** The row of flags beside each producer in a list. */
export const flagsJoin: ListJoin = {
  as: 'flags',
  table: FeatureFlagsRow.table,
  key: 'producer_id',
  columns: producerFeatures.map(([, { column }]) => column),
};

/** A name within a sentence: “Knowledge Base” is “knowledge base”, “AI Agents” is “AI agents”. */
const inSentence = (name: string): string =>
  name.replace(/\S+/g, (word) => (word === word.toUpperCase() ? word : word.toLowerCase()));

/** Producers with and without each feature. */
export const featureFilters: readonly Filter[] = producerFeatures.map(([, { column, name }]) =>
  customFilter(
    `${column}__exact`,
    `${inSentence(name)} enabled`,
    [
      { value: '1', text: 'Yes', where: sql('?? = true', `flags.${column}`) },
      { value: '0', text: 'No', where: sql('?? is not true', `flags.${column}`) },
    ],
    { exhaustive: true, of: flagsJoin.as },
  ),
);

const producers = (count: number): string => formatCount(count, Producer.noun, Producer.nounPlural);

interface Setting {
  name: string;
  label: string;
  /** What it does, as “Enable AI Agents”. */
  words: string;
  /** What it did, as “Enabled AI Agents”. */
  done: string;
  values: Record<string, boolean>;
  danger?: boolean;
}

const setFlags =
  (flags: () => ModelAdmin) =>
  ({ name, label, words, done, values, danger = false }: Setting): Action => ({
    name,
    label,
    question: (count) => `${words} for ${count}?`,
    confirm: words,
    danger,
    undo: { of: FeatureFlagsRow.label },
    permission: CHANGE_FLAGS,
    affected: (context, ids) => countDiffering(context, flags().model, ids, values, 'producer_id'),
    run: async (context, ids) => {
      const changed = await inTransaction(context.db, async (trx) => {
        await addMissingFlagRows(trx, ids, context.clock.now());
        return bulkUpdateIn(trx, flags(), context, { ids, values, by: 'producer_id' });
      });
      return {
        changed,
        message: changed === 0 ? 'Nothing to change: they are all so already.' : `${done} for ${producers(changed)}.`,
      };
    },
  });

const slug = ({ column }: ProducerFeature): string => column.replace(/_enabled$/, '');

/** What can be done to many producers at once: each feature on, each off, and all off. */
export function featureActions(flags: () => ModelAdmin): readonly Action[] {
  const action = setFlags(flags);
  const features = producerFeatures.map(([, feature]) => feature);
  const one = (verb: 'Enable' | 'Disable') => (feature: ProducerFeature) =>
    action({
      name: `${verb.toLowerCase()}_${slug(feature)}`,
      label: `${verb} ${feature.name} for selected producers`,
      words: `${verb} ${feature.name}`,
      done: `${verb}d ${feature.name}`,
      values: { [feature.column]: verb === 'Enable' },
    });
  return [
    ...features.map(one('Enable')),
    ...features.map(one('Disable')),
    action({
      name: 'disable_all_features',
      label: 'Disable all features for selected producers',
      words: 'Disable all features',
      done: 'Disabled all features',
      values: Object.fromEntries(features.map(({ column }) => [column, false])),
      danger: true,
    }),
  ];
}
