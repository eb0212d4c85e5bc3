/** What kinds of flags are counted: global flags, switches and samples, flags by conditions, features of producers. */
export const FORMS = ['flag', 'switch', 'sample', 'condition', 'producer'] as const;
export type Form = (typeof FORMS)[number];

/** What was answered where code asked for a name that nobody knows, and where a flag could not be decided. */
export const MISSING = 'missing';
export const ERROR = 'error';
