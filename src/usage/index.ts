export { ERROR, type Form, MISSING } from './form';
export type { AnswerCounter } from './tallies';
export { Usage, type UsageRetention } from './usage';
