import { FORMS, type Form } from './form';

/** How often one flag gave one answer. */
export interface Cell {
  readonly form: Form;
  readonly name: string;
  readonly variant: string;
  count: number;
}

/** Most different answers of one flag; booleans have two. */
const MOST_VARIANTS = 32;

/** What can be a name. */
const COUNTED = /^[\w.:-]{1,100}$/;

/** What one flag answered. There are few different answers, so looking through them beats any table. */
class Tally {
  readonly cells: Cell[] = [];

  constructor(
    private readonly form: Form,
    private readonly name: string,
  ) {}

  add(variant: string): void {
    for (const cell of this.cells) {
      if (cell.variant !== variant) continue;
      cell.count += 1;
      return;
    }
    if (this.cells.length < MOST_VARIANTS) this.cells.push({ form: this.form, name: this.name, variant, count: 1 });
  }
}

/** Counts the answers of all flags of one form. */
export interface AnswerCounter {
  /** Counts one answer: two look-ups and an addition, never anything else. */
  count(name: string, variant: string): void;
}

class FormTallies implements AnswerCounter {
  private tallies = new Map<string, Tally>();

  constructor(
    private readonly form: Form,
    private readonly owner: Tallies,
  ) {}

  count(name: string, variant: string): void {
    const known = this.tallies.get(name);
    if (known !== undefined) return known.add(variant);
    if (!COUNTED.test(name) || !this.owner.mayAdd()) return;
    const tally = new Tally(this.form, name);
    this.tallies.set(name, tally);
    tally.add(variant);
  }

  take(): Cell[] {
    const taken = this.peek();
    this.tallies = new Map();
    return taken;
  }

  peek(): Cell[] {
    return [...this.tallies.values()].flatMap(({ cells }) => cells);
  }
}

/**
 * Answers as they are counted between two writes. Names are bounded: names that code makes up as it runs must not fill the
 * memory; what comes beyond the bound is not counted, and is said so.
 */
export class Tallies {
  readonly of: Readonly<Record<Form, AnswerCounter>>;
  private readonly forms: readonly FormTallies[];
  private names = 0;

  constructor(
    private readonly most: number,
    private readonly tell: { first(): void; full(): void },
  ) {
    const pairs = FORMS.map((form) => [form, new FormTallies(form, this)] as const);
    this.forms = pairs.map(([, tallies]) => tallies);
    this.of = Object.fromEntries(pairs) as Record<Form, FormTallies>;
  }

  /** Makes room for one more name; false when there is none left. */
  mayAdd(): boolean {
    if (this.names >= this.most) {
      this.tell.full();
      return false;
    }
    if (this.names === 0) this.tell.first();
    this.names += 1;
    return true;
  }

  /** All that was counted; counting begins again from nothing. */
  take(): Cell[] {
    this.names = 0;
    return this.forms.flatMap((form) => form.take());
  }

  /** All that was counted since it was taken last. */
  peek(): Cell[] {
    return this.forms.flatMap((form) => form.peek());
  }
}
