import { noteInCode } from '../usage';

const declared = new Map<string, string>();

/** Says that code of ours asks for these flags, so that nobody deletes them. `by` names the place, like `the integrations page`. */
export function declareFlags(names: readonly string[], by: string): void {
  for (const name of names) {
    declared.set(name, by);
    noteInCode('flag', name);
  }
}

/** Why a flag must stay; undefined when it may go. */
export function whyFlagStays(name: string): string | undefined {
  const by = declared.get(name);
  if (by === undefined) return undefined;
  return `“${name}” is used by ${by}, so it cannot be deleted. Turn it off for everyone instead.`;
}
