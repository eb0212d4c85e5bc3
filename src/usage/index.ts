export { ERROR, type Form, MISSING } from './form';
export { noteInCode } from './in-code';
export type { AnswerCounter } from './tallies';
export { Usage, type UsageRetention } from './usage';
