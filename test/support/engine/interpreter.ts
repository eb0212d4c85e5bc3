import {
  type Condition,
  type Context,
  type Document,
  type Flag,
  OPERATORS,
  type Serve,
  shareUnit,
  splitUnit,
} from '../../../src/engine';

/** What the interpreter answers: a decision without the facts of its flag. */
interface Answer {
  value?: unknown;
  variant?: string;
  reason: string;
  rule?: string;
  errorCode?: string;
}

/**
 * Decides flags by reading the document anew for each question, in the obvious order and without any preparation. Slow, and
 * short enough to be checked against the definition by eye: the engine is held against it.
 */
export class Interpreter {
  constructor(
    private readonly document: Document,
    private readonly context: Context,
    private readonly now: number,
  ) {}

  decide(key: string): Answer {
    const flag = this.document.flags.find((each) => each.key === key);
    if (flag === undefined) return { reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' };
    if (!flag.enabled) return this.variant(flag, flag.off, 'DISABLED');
    for (const rule of flag.rules) {
      const { holds, shared } = this.holds(rule.when, flag.key);
      if (!holds) continue;
      return this.serve(flag, rule.serve, shared ? 'SPLIT' : 'TARGETING_MATCH', rule.id);
    }
    const reason = flag.rules.length === 0 ? 'STATIC' : 'DEFAULT';
    return flag.otherwise === null ? { reason } : this.serve(flag, flag.otherwise, reason);
  }

  private variant(flag: Flag, variant: string | null, reason: string, rule?: string): Answer {
    const own = rule === undefined ? {} : { rule };
    if (variant === null) return { reason, ...own };
    return { value: flag.variants[variant], variant, reason, ...own };
  }

  private serve(flag: Flag, serve: Serve, reason: string, rule?: string): Answer {
    if ('variant' in serve) return this.variant(flag, serve.variant, reason, rule);
    const value = this.placing(serve.by);
    if (value === undefined) return { reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING' };
    const unit = splitUnit(serve.salt ?? flag.key, value);
    let sum = 0;
    for (const { variant, weight } of serve.split) {
      sum += weight;
      if (sum > unit) return this.variant(flag, variant, 'SPLIT', rule);
    }
    throw new Error('weights do not sum');
  }

  private attribute(path: string): unknown {
    if (Object.hasOwn(this.context, path)) return this.context[path];
    let value: unknown = this.context;
    for (const step of path.split('.')) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string, unknown>)[step];
    }
    return value;
  }

  private placing(by = 'targetingKey'): string | number | undefined {
    const value = this.attribute(by);
    if (typeof value === 'string') return value;
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  private holds(condition: Condition, salt: string): { holds: boolean; shared: boolean } {
    const plain = (holds: boolean) => ({ holds, shared: false });
    if ('all' in condition) {
      const parts = condition.all.map((each) => this.holds(each, salt));
      const holds = parts.length > 0 && parts.every((part) => part.holds);
      return { holds, shared: holds && parts.some((part) => part.shared) };
    }
    if ('any' in condition) {
      return condition.any.map((each) => this.holds(each, salt)).find((part) => part.holds) ?? plain(false);
    }
    if ('not' in condition) return plain(!this.holds(condition.not, salt).holds);
    if ('always' in condition) return plain(true);
    if ('after' in condition) return plain(this.now > new Date(condition.after).getTime());
    if ('before' in condition) return plain(this.now < new Date(condition.before).getTime());
    if ('share' in condition) {
      const value = this.placing(condition.by);
      const inside =
        value !== undefined && shareUnit(condition.salt ?? salt, value) < Math.round(condition.share * 1000);
      return { holds: inside, shared: inside };
    }
    if ('segment' in condition) return this.inSegment(condition.segment);
    if ('flag' in condition) return plain(condition.serves.includes(this.decide(condition.flag).variant ?? '\0'));
    const { attribute, is, value, ignoreCase } = condition;
    return plain(OPERATORS.get(is)?.test(value, ignoreCase === true)(this.attribute(attribute)) === true);
  }

  private inSegment(key: string): { holds: boolean; shared: boolean } {
    const segment = this.document.segments.find((each) => each.key === key);
    const id = this.placing();
    const has = (list?: readonly string[]) => id !== undefined && (list ?? []).includes(String(id));
    if (segment === undefined || has(segment.exclude)) return { holds: false, shared: false };
    if (has(segment.include)) return { holds: true, shared: false };
    return segment.when === undefined ? { holds: false, shared: false } : this.holds(segment.when, segment.key);
  }
}
