import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Request } from 'express';
import { type AdminParts, changeUrl, frame, modelUrl } from '../admin';
import type { Config } from '../config';
import { notFound } from '../lib/http-error';
import { hasPermission, type Viewer } from '../lib/viewer';
import type { Usage } from '../usage';
import { type FormErrors, summarize } from '../web/forms';
import { viewerOf } from '../web/request';
import { conditionFlagAdmin } from './admin';
import type { Read } from './describe';
import type { Tracking } from './keeping';
import { findKind, listKinds } from './kinds';
import type { FeatureFlagsManager, NamedFlag } from './manager';
import { ConditionFlag } from './models';
import { CONVENTION, followsConvention, stored } from './operations';
import { findInfo, listConditions, type StoredCondition } from './queries';
import { countGiven } from './queries-given';
import { MAX_VALUE, ORIGIN_WORDS, type StatedCondition } from './types';

/** What the pages of this feature work with. */
export interface FlagPages extends AdminParts {
  readonly flags: FeatureFlagsManager;
  readonly usage: Usage;
  readonly config: Pick<Config, 'usage'>;
}

export const LIST_URL = modelUrl(ConditionFlag);
export const flagUrl = (name: string): string => `${LIST_URL}${encodeURIComponent(name)}/`;
export const givenUrl = (name: string): string => `${flagUrl(name)}given/`;
export const pageUrl = (name: string): string => changeUrl(ConditionFlag, name);
export const PAGE = 'views/flags/flag.njk';
export const ROW = 'partials/flags/condition.njk';

export const nameOf = (req: Request): string => String(req.params.name);

/** What a row, or a text, was when a form was drawn: a form that says something else is about an old one. */
export const versionOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);

export const rowVersion = ({ condition, value, required }: StoredCondition): string =>
  versionOf(condition, value, String(required));

/** The flag as the database has it now, together with what settings and variables say; 404 when nobody knows it. */
export async function readFlag({ db, flags }: Pick<FlagPages, 'db' | 'flags'>, name: string): Promise<NamedFlag> {
  const stated = flags.stated.conditions.get(name);
  const info = await findInfo(db, name);
  if (stated === undefined && info === undefined) throw notFound(`There is no flag “${name.slice(0, 100)}”.`);
  const rows = info === undefined ? [] : await listConditions(db, name);
  return flags.toNamed(name, [...(stated ?? []), ...rows.map(stored)], info);
}

/** A condition as its partial shows it. */
export interface ConditionView {
  readonly id: number | null;
  readonly condition: string;
  readonly value: string;
  readonly required: boolean;
  /** When it holds, as a sentence. */
  readonly holds: string;
  readonly mistake: string | null;
  readonly origin: string;
  /** The file or the variable; null for the database. */
  readonly place: string | null;
  readonly version: string;
  readonly help: string;
  readonly example: string | null;
  readonly url: string | null;
}

const holdsWhen = (words: string): string =>
  words === 'always' || words === 'never'
    ? `${words === 'always' ? 'Always' : 'Never'} holds.`
    : `Holds when ${words}.`;

export function viewOf(name: string, { stated, read }: Read): ConditionView {
  const { id, condition, value, required, origin, place } = stated;
  const known = findKind(condition);
  return {
    id: id ?? null,
    condition,
    value,
    required,
    holds: read.ok ? holdsWhen(read.words) : '',
    mistake: read.ok ? null : read.message,
    origin: ORIGIN_WORDS[origin],
    place: origin === 'database' ? null : path.basename(place),
    version: versionOf(condition, value, String(required)),
    help: known?.help ?? '',
    example: known?.example ?? null,
    url: id === undefined ? null : `${flagUrl(name)}conditions/${id}/`,
  };
}

/** A form that was refused, or is open, for one condition. */
export interface OpenForm {
  readonly values: Readonly<Record<string, string>>;
  readonly errors: FormErrors;
}

/** What a person saw and what somebody else made of it meanwhile. */
export interface Clash {
  /** What is saved now, in words; null when it was removed. */
  readonly theirs: string | null;
  /** What this person wanted, in words. */
  readonly mine: string;
}

export const NO_ERRORS: FormErrors = {};

/** What the form that adds a condition shows. */
export function addView(name: string, form: OpenForm = { values: {}, errors: NO_ERRORS }): Record<string, unknown> {
  const chosen = findKind(form.values.condition ?? '');
  return {
    values: form.values,
    errors: form.errors,
    summary: summarize(form.errors).map(({ text, href }) => ({ text, href: href?.replace('#id_', '#add_') ?? null })),
    help: chosen?.help ?? 'What to write depends on the condition.',
    example: chosen?.example ?? null,
    maxlength: MAX_VALUE,
    url: `${flagUrl(name)}conditions/`,
    valueUrl: `${flagUrl(name)}value/`,
  };
}

/** What has to be said about a flag beside its state. */
function notesOn({ name, reads, conditions }: NamedFlag): { kind: 'warning' | 'info'; title?: string; text: string }[] {
  const outside = reads.filter(({ stated }) => stated.origin !== 'database');
  const place = ({ origin, place: where }: StatedCondition) =>
    `${ORIGIN_WORDS[origin].toLowerCase()} ${path.basename(where)}`;
  const isNever = ({ read }: Read) => !read.ok || read.words === 'never';
  const isAlways = ({ read }: Read) => read.ok && read.words === 'always';
  const blocking = outside.find((each) => each.stated.required && isNever(each));
  const opening = outside.find((each) => !each.stated.required && isAlways(each));
  const notes: ReturnType<typeof notesOn> = [];
  if (blocking !== undefined)
    notes.push({
      kind: 'warning',
      title: 'This cannot be overridden here',
      text: `The ${place(blocking.stated)} requires a condition that never holds. ${name} is enabled when all required conditions hold and any other condition holds, so nothing in the database can turn it on.`,
    });
  else if (opening !== undefined && conditions.some(({ origin, required }) => origin === 'database' && !required))
    notes.push({
      kind: 'info',
      text: `The ${place(opening.stated)} turns it on for everyone, so conditions of the database only count when they are required.`,
    });
  if (!followsConvention(name)) notes.push({ kind: 'info', text: CONVENTION });
  return notes;
}

const STATE_BADGES = { on: 'On', off: 'Off', partial: 'Partial' } as const;

export const badgeOf = ({ standing }: Pick<NamedFlag, 'standing'>): { kind: string; text: string } => ({
  kind: standing,
  text: STATE_BADGES[standing],
});

/** The flag in words, above its conditions. */
export const stateView = (flag: NamedFlag): Record<string, unknown> => ({
  badge: badgeOf(flag),
  state: flag.state,
  rule: flag.rule,
  notes: notesOn(flag),
});

export interface PageState {
  readonly add?: OpenForm;
  /** The condition whose form is open. */
  readonly edit?: OpenForm & { readonly id: number };
  readonly clash?: Clash & { readonly id: number };
  readonly about?: OpenForm;
  readonly tracking?: OpenForm;
  readonly tester?: Record<string, unknown>;
}

/** How a flag's use is kept by person, where nobody has said anything else. */
const UNTRACKED = { trackUsage: false, sampleRate: 100 };

export const trackingOf = ({ info }: Pick<NamedFlag, 'info'>): Tracking => info ?? UNTRACKED;

export const trackingVersion = ({ trackUsage, sampleRate }: Tracking): string =>
  versionOf(String(trackUsage), String(sampleRate));

/** Who may see the rows of who was given a flag: whoever may look at people. */
export const mayLookAtPeople = (viewer: Viewer): boolean =>
  ['view', 'change'].some((verb) => hasPermission(viewer, `auth.${verb}_user`));

/** Whether rows of who was given the flag are kept, and how many there are. */
async function givenView({ db, config }: FlagPages, req: Request, flag: NamedFlag, form: OpenForm | undefined) {
  const now = trackingOf(flag);
  return {
    ...now,
    isTicked: form === undefined ? now.trackUsage : (form.values.track_usage ?? '') !== '',
    rate: form?.values.sample_rate ?? String(now.sampleRate),
    errors: form?.errors ?? NO_ERRORS,
    version: trackingVersion(now),
    rows: await countGiven(db, flag.name),
    days: config.usage.people,
    url: `${flagUrl(flag.name)}tracking/`,
    listUrl: mayLookAtPeople(viewerOf(req)) ? givenUrl(flag.name) : null,
  };
}

/** Everything that the page of one flag shows. */
export async function flagData(
  pages: FlagPages,
  req: Request,
  flag: NamedFlag,
  state: PageState = {},
): Promise<Record<string, unknown>> {
  const { name, info } = flag;
  const can = pages.site.abilities(conditionFlagAdmin, viewerOf(req));
  const rows = flag.reads.map((read) => viewOf(name, read));
  const section = pages.site.sectionLabel(ConditionFlag.app);
  return {
    ...frame(
      pages,
      req,
      [{ text: section, href: `/admin/${ConditionFlag.app}/` }, { text: 'Flags', href: LIST_URL }, { text: name }],
      conditionFlagAdmin,
    ),
    flag: { name, url: flagUrl(name), pageUrl: pageUrl(name), isStored: info !== undefined },
    can,
    shown: stateView(flag),
    stated: rows.filter(({ id }) => id === null),
    stored: rows.filter(({ id }) => id !== null),
    edit: state.edit ?? null,
    clash: state.clash ?? null,
    add: addView(name, state.add),
    kinds: listKinds().map(({ name: value, help, example }) => ({
      value,
      text: value,
      help,
      example: example ?? null,
    })),
    about: {
      value: state.about?.values.description ?? info?.description ?? '',
      errors: state.about?.errors ?? NO_ERRORS,
      version: versionOf(info?.description ?? ''),
    },
    tester: state.tester ?? {},
    given: await givenView(pages, req, flag, state.tracking),
    description: info?.description ?? '',
    changed: info === undefined ? null : new Date(info.modifiedAt),
    formErrors: Object.keys({
      ...state.add?.errors,
      ...state.edit?.errors,
      ...state.about?.errors,
      ...state.tracking?.errors,
    }),
  };
}
