import type { AnyModel, Field } from '../model';

type Linked = readonly (number | string)[];

function listWords(field: Field, before: Linked, after: Linked): string {
  const added = after.filter((each) => !before.includes(each)).length;
  const removed = before.filter((each) => !after.includes(each)).length;
  const parts = [added > 0 ? `added ${added}` : '', removed > 0 ? `removed ${removed}` : ''].filter(
    (part) => part !== '',
  );
  return `${field.label}: ${parts.join(', ')}`;
}

const quoted = (field: Field, value: unknown): string => {
  const words = field.toWords(value);
  const textual = ['text', 'textarea', 'email', 'slug'].includes(field.kind);
  if (!textual || words === 'nothing') return words;
  return `“${words.length > 60 ? `${words.slice(0, 59)}…` : words}”`;
};

/** The switches that a change turned on, or off, in one sentence; empty when there are none. */
function switched(model: AnyModel, after: Record<string, unknown>, changed: readonly string[], to: boolean): string[] {
  const names = changed.flatMap((name) => {
    const field = model.fields[name];
    return field?.switches && after[name] === to ? [field.label] : [];
  });
  const last = names.pop();
  if (last === undefined) return [];
  return [`Turned ${to ? 'on' : 'off'} ${names.length === 0 ? last : `${names.join(', ')} and ${last}`}.`];
}

/** What a change did, in words: `Changed percent from nothing to 25; staff from No to Yes.` or `Turned on AI Agents.` */
export function describeChange(
  model: AnyModel,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  changed: readonly string[],
): string {
  const parts = changed.flatMap((name) => {
    const field = model.fields[name];
    if (field === undefined || field.switches) return [];
    if (field.secret) return [`${field.label} (not shown)`];
    if (field.through !== undefined)
      return [listWords(field, (before[name] as Linked) ?? [], (after[name] as Linked) ?? [])];
    return [`${field.label} from ${quoted(field, before[name])} to ${quoted(field, after[name])}`];
  });
  const sentences = [...switched(model, after, changed, true), ...switched(model, after, changed, false)];
  return [...sentences, ...(parts.length > 0 || sentences.length === 0 ? [`Changed ${parts.join('; ')}.`] : [])].join(
    ' ',
  );
}
