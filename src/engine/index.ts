export type {
  Condition,
  Context,
  Decision,
  Document,
  ErrorCode,
  Flag,
  FlagType,
  Instant,
  JsonValue,
  Metadata,
  Moment,
  Reason,
  Rule,
  Segment,
  Serve,
  Weight,
} from './document';
export { LIMITS } from './document';
export { type CompileOptions, compile, type Engine, InvalidDocument } from './engine';
export type { Explanation, Step } from './explain';
export { murmur3, shareLimit, shareUnit, splitUnit } from './hash';
export { OPERATORS } from './operators';
export type { Trace } from './trace';
export { type Mistake, validate } from './validate';
