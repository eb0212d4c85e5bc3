import type { Form } from './form';

const named = new Set<string>();

/** Says that code names a flag: a guard, or a list of what a page asks for. It may yet be a long time until it asks. */
export function noteInCode(form: Form, name: string): void {
  named.add(`${form} ${name}`);
}

/** Whether code is known to name a flag, asked or not. */
export const isInCode = (form: Form, name: string): boolean => named.has(`${form} ${name}`);
