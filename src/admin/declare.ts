import type { Request } from 'express';
import type { Database, Transaction } from '../db';
import type { Clock } from '../lib/clock';
import type { Actor, Viewer } from '../lib/viewer';
import type { AnyModel, AnyRow, Model, Row } from '../model';
import type { Filter } from './filters';
import type { AdminSite } from './site';
import type { Sql } from './sql';

/** What an operation of the admin works with. */
export interface AdminContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly site: AdminSite;
  readonly viewer: Viewer;
  readonly actor: Actor;
  /** Hears how far a change of many objects has come. */
  readonly progress?: (done: number, total: number) => void;
}

/** How a list cell shows its value. */
export type CellKind = 'text' | 'sentence' | 'boolean' | 'datetime' | 'number' | 'code' | 'template';

/** A computed column of a list. `value` gets the row with its annotations and prefetched links. */
export interface Column<R = AnyRow> {
  readonly key: string;
  readonly label: string;
  readonly kind: CellKind;
  readonly value: (row: R) => unknown;
  /** The column to sort by when its head is clicked; without it the head is not a link. */
  readonly orderBy: string | undefined;
  /** For kind `template`: a partial that gets `row`, `value`, `canChange`. */
  readonly template: string | undefined;
}

/** A table with at most one row for each object, joined to a list under a name that its filters and columns use. */
export interface ListJoin {
  readonly as: string;
  readonly table: string;
  /** The column that has the object's id. */
  readonly key: string;
  /** What rows of the list get, as `<as>__<column>`. */
  readonly columns: readonly string[];
}

/** Whether an entry of `listDisplay` is a computed column rather than the name of a field. */
export const isColumn = (entry: string | Column): entry is Column => typeof entry !== 'string';

interface ColumnOptions {
  key?: string;
  kind?: CellKind;
  orderBy?: string;
  template?: string;
}

/** Declares a computed column. */
export const column = <R = AnyRow>(
  label: string,
  value: (row: R) => unknown,
  options: ColumnOptions = {},
): Column<R> => ({
  key: options.key ?? label.toLowerCase().replace(/[^a-z0-9]+/g, '_'),
  label,
  kind: options.kind ?? 'text',
  value,
  orderBy: options.orderBy,
  template: options.template,
});

export interface Fieldset<K extends string = string> {
  readonly title?: string;
  readonly help?: string;
  readonly fields: readonly K[];
  readonly collapsed?: boolean;
}

/** What an action did, for the message after it. */
export interface ActionResult {
  /** How many objects really changed. */
  changed: number;
  message: string;
}

/** Something that can be done to many objects at once; a page asks before it runs. */
export interface Action {
  readonly name: string;
  readonly label: string;
  /** What the page before it asks, for the count of objects. */
  readonly question: (count: string) => string;
  /** The button's words. */
  readonly confirm: string;
  readonly danger?: boolean;
  /**
   * The changes can be taken back from their audit entries: those of this model, or of the one named when the action
   * changes rows that belong to the chosen objects.
   */
  readonly undo?: 'own' | { readonly of: string };
  /** What a person needs for it, as `<app>.<verb>_<model>`; without it, to be allowed to change the model. */
  readonly permission?: string;
  /** How many of the chosen would really change. */
  readonly affected?: (context: AdminContext, ids: readonly number[]) => Promise<number>;
  readonly run: (context: AdminContext, ids: readonly number[]) => Promise<ActionResult>;
}

/** Rows of another model edited on the form of the one they belong to. */
export interface Inline {
  readonly model: AnyModel;
  /** The foreign key in `model` that points here. */
  readonly fk: string;
  readonly fields: readonly string[];
  readonly title: string;
  readonly kind: 'tabular' | 'stacked';
  /** Empty rows offered. */
  readonly extra: number;
  readonly min: number;
  readonly max: number;
  readonly canDelete: boolean;
  readonly help: string;
  readonly autocomplete: readonly string[];
  readonly readonly: boolean;
  /** Whether a new object's form has it already; its rows are refused there otherwise. */
  readonly onAdd: boolean;
  /**
   * Each field counts by itself: a save writes only those that were changed in the form, is stale only when one of these
   * was changed meanwhile, and the rest may be saved from elsewhere while the form is open.
   */
  readonly fieldwise: boolean;
  /** Draws the rows instead of the usual table or groups; gets `inline` and, as `extra`, the data. */
  readonly panel: Panel<AnyRow | null> | undefined;
}

type InlineOptions = Partial<Omit<Inline, 'model' | 'fk'>> & {
  fk: string;
  fields: readonly string[];
  oneToOne?: boolean;
};

/** Declares an inline; `oneToOne` allows a single row, which is there from the start. */
export function inline(model: AnyModel, options: InlineOptions): Inline {
  const { oneToOne = false, ...rest } = options;
  return Object.freeze({
    model,
    title: model.nounPlural.charAt(0).toUpperCase() + model.nounPlural.slice(1),
    kind: 'tabular',
    extra: oneToOne ? 1 : 0,
    min: 0,
    max: oneToOne ? 1 : 100,
    canDelete: !oneToOne,
    help: '',
    autocomplete: [],
    readonly: false,
    onAdd: true,
    fieldwise: false,
    panel: undefined,
    ...rest,
  });
}

/** A piece of page around a list or a form, made by the feature: a partial and the data for it. */
export interface Panel<D = AnyRow> {
  readonly partial: string;
  /** The selector of the partial's root: with it the panel follows when htmx narrows the list below. */
  readonly target?: string;
  readonly data: (
    context: AdminContext,
    subject: D,
    req: Request,
  ) => Promise<Record<string, unknown>> | Record<string, unknown>;
}

export type Messages = Record<string, string[]>;

/** What surrounds a write, inside its transaction. */
export interface WriteHooks<R = AnyRow> {
  /** Rules over several fields; what it returns refuses the save with 422. */
  validate?(
    values: Partial<R>,
    context: { db: Transaction; id: number | null; viewer: Viewer },
  ): Promise<Messages> | Messages;
  /** Values set by the machine, like the time of the change. */
  stamp?(values: Partial<R>, context: { adding: boolean; now: Date }): Record<string, unknown>;
  /** Comes before rows are deleted, in the same transaction: for what is gone with them. */
  beforeDelete?(trx: Transaction, ids: readonly number[]): Promise<void>;
  /**
   * Follows each row that was added (`before` null), changed, or deleted (`after` null); throwing takes all of it back. When
   * an action changes many, rows come without what the machine sets.
   */
  afterEach?(trx: Transaction, change: { id: number; before: R | null; after: R | null }): Promise<void>;
  /** Follows once, however many rows the transaction wrote. */
  afterAll?(trx: Transaction, changes: readonly { id: number; before: R | null; after: R | null }[]): Promise<void>;
  /** Why this object must stay as far as this person is concerned; undefined when it may go. */
  whyNotDelete?(row: R, viewer: Viewer): string | undefined;
}

export interface ModelAdmin {
  readonly model: AnyModel;
  readonly icon: string;
  readonly description: string;
  readonly listDisplay: readonly (string | Column)[];
  readonly listDisplayLinks: readonly string[];
  /** A field shown in small under the linking column. */
  readonly listDetail: string | undefined;
  readonly listFilter: readonly (string | Filter)[];
  readonly listJoins: readonly ListJoin[];
  readonly searchFields: readonly string[];
  readonly searchHelp: string;
  /**
   * A column in which PostgreSQL keeps all that `searchFields` names, with A to Z in small letters, a line each. A search
   * there looks at this one text; without it, and on SQLite, it looks at each field.
   */
  readonly searchText: string | undefined;
  readonly ordering: readonly string[];
  readonly listPerPage: number;
  readonly listMaxShowAll: number;
  readonly listEditable: readonly string[];
  readonly dateHierarchy: string | undefined;
  /** Counts of linked rows, added to each row of a list as `<name>_count`. */
  readonly countLinks: readonly string[];
  /** What the database answers with yes or no of each row of a list, by the name under which computed columns get it. */
  readonly listFacts: Readonly<Record<string, Sql>>;
  /** Links loaded with a list in one statement each, as `<name>_titles`. */
  readonly prefetch: readonly string[];
  readonly actions: readonly Action[];
  readonly fieldsets: readonly Fieldset[];
  readonly readonlyFields: readonly string[];
  readonly prepopulated: Readonly<Record<string, string>>;
  readonly autocomplete: readonly string[];
  readonly inlines: readonly Inline[];
  readonly saveAs: boolean;
  readonly canAdd: boolean;
  readonly canChange: boolean;
  readonly canDelete: boolean;
  readonly listPanels: readonly Panel<unknown>[];
  readonly formPanels: readonly Panel<AnyRow | null>[];
  readonly viewOnSite: ((row: AnyRow) => string) | undefined;
  /**
   * The column by which the feature's own pages address objects. With it the admin makes no pages of the model: it only has
   * its permissions, and its place in navigation and search.
   */
  readonly ownPages: string | undefined;
  readonly hooks: WriteHooks;
}

type Key<F> = keyof F & string;

/** Names that may be searched: a column, `^` for its start, `=` for all of it, or a column of a related model. */
type SearchField<F> = Key<F> | `^${Key<F>}` | `=${Key<F>}` | `${Key<F>}.${string}`;

export interface ModelAdminOptions<F> {
  icon?: string;
  description?: string;
  listDisplay: readonly (Key<F> | Column<Row<F> & Record<string, unknown>>)[];
  listDisplayLinks?: readonly string[];
  listDetail?: Key<F>;
  listFilter?: readonly (Key<F> | Filter)[];
  listJoins?: readonly ListJoin[];
  searchFields?: readonly SearchField<F>[];
  searchHelp?: string;
  searchText?: string;
  ordering?: readonly (Key<F> | `-${Key<F>}` | 'id' | '-id')[];
  listPerPage?: number;
  listMaxShowAll?: number;
  listEditable?: readonly Key<F>[];
  dateHierarchy?: Key<F>;
  countLinks?: readonly Key<F>[];
  listFacts?: Readonly<Record<string, Sql>>;
  prefetch?: readonly Key<F>[];
  actions?: readonly Action[];
  fieldsets?: readonly Fieldset<Key<F>>[];
  readonlyFields?: readonly Key<F>[];
  prepopulated?: Readonly<Partial<Record<Key<F>, Key<F>>>>;
  autocomplete?: readonly Key<F>[];
  inlines?: readonly Inline[];
  saveAs?: boolean;
  canAdd?: boolean;
  canChange?: boolean;
  canDelete?: boolean;
  listPanels?: readonly Panel<unknown>[];
  formPanels?: readonly Panel<AnyRow | null>[];
  viewOnSite?(row: Row<F>): string;
  ownPages?: Key<F>;
  hooks?: WriteHooks<Row<F>>;
}

/**
 * Declares the admin of a model: list, form, filters, actions, inlines, history and permissions follow from it.
 * Names that are not fields of the model do not compile.
 */
export function modelAdmin<F extends object>(model: Model<F>, options: ModelAdminOptions<F>): ModelAdmin {
  const target = model as unknown as AnyModel;
  const editable = Object.entries(target.fields).filter(([, field]) => !field.secret);
  const first = options.listDisplay[0];
  const declared = {
    icon: 'fa-table',
    description: '',
    listDisplayLinks: [typeof first === 'object' ? first.key : String(first)],
    listDetail: undefined,
    listFilter: [],
    listJoins: [],
    searchFields: [],
    searchHelp: '',
    searchText: undefined,
    ordering: ['-id'],
    listPerPage: 100,
    listMaxShowAll: 500,
    listEditable: [],
    dateHierarchy: undefined,
    countLinks: [],
    listFacts: {},
    prefetch: [],
    actions: [],
    fieldsets: [{ fields: editable.map(([name]) => name) }],
    readonlyFields: editable.filter(([, field]) => field.automatic).map(([name]) => name),
    prepopulated: {},
    autocomplete: [],
    inlines: [],
    saveAs: false,
    canAdd: true,
    canChange: true,
    canDelete: true,
    listPanels: [],
    formPanels: [],
    viewOnSite: undefined,
    ownPages: undefined,
    hooks: {},
    ...options,
    model: target,
  } as unknown as ModelAdmin;
  return Object.freeze(declared);
}
