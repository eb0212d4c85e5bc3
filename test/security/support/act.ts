import type { Visitor } from '../../support/test-app';
import type { Persona, World } from './world';

export type Fields = Record<string, string | string[]>;

/**
 * A form as somebody who may would really send it: what every route that changes something is tried with. `audit` is what
 * the log must say of it, as `action objectType`; `none` says why nothing is to be said.
 */
export interface Act {
  /** `POST` and the path as the table of routes has it. */
  readonly route: string;
  readonly by: Persona | 'visitor';
  readonly audit: readonly string[] | { readonly none: string };
  /** Sent as JSON, to the API. */
  readonly json?: true;
  /** Status of the answer; 303 when left out. */
  readonly status?: number;
  readonly world?: { superuser: boolean };
  /** Puts what the act needs in place. */
  prepare?(world: World): Promise<unknown>;
  url(world: World): string;
  fields?(world: World, visitor: Visitor): Fields | Promise<Fields>;
}

/** An address that is the same in every world. */
export const at = (path: string) => (): string => path;

export const objectOf = ({ objects }: World, label: string): number => objects[label] ?? 0;
