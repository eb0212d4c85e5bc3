import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import {
  type AdminContext,
  type AdminParts,
  bulkUpdateIn,
  changeUrl,
  contextOf,
  idOf,
  type ModelAdmin,
  modelUrl,
  undoChanges,
  unknownNames,
} from '../admin';
import { type Entry, listEntries } from '../audit';
import { accountNames } from '../auth';
import { type Database, inTransaction } from '../db';
import { badRequest, notFound, unprocessable } from '../lib/http-error';
import { hasPermission } from '../lib/viewer';
import type { AnyRow } from '../model';
import { requestIdOf } from '../web/request';
import { respond } from '../web/respond';
import { CHANGE_FLAGS } from './admin-actions';
import { type FeatureFlagColumn, type ProducerFeature, producerFeatures } from './features';
import { FeatureFlagsRow, Producer } from './models';
import { addMissingFlagRows, findFlagRow, findProducerName } from './queries-admin';

/** Most entries that are looked through for who changed what; and most that the page shows. */
const LOOKED_THROUGH = 100;
const SHOWN = 10;

/** Who gave a feature its present state, and when. */
interface LastChange {
  who: string;
  at: Date;
}

/** A switch of a producer's page as its partial shows it. */
export interface SwitchView extends Pick<ProducerFeature, 'column' | 'name' | 'help'> {
  input: string;
  on: boolean;
  /** What it was when the form was opened. */
  was: string;
  changed: LastChange | null;
  canChange: boolean;
  url: string;
}

const features = producerFeatures.map(([, feature]) => feature);

/** The name of a feature's input in the producer's form. */
const inputOf = (column: string): string => `${FeatureFlagsRow.name}-0-${column}`;

const flagsUrl = (producerId: number): string => `${modelUrl(Producer)}${producerId}/flags/`;

/** What an entry changed, by column. */
const columnsIn = ({ after }: Entry): Record<string, unknown> => JSON.parse(after ?? '{}') as Record<string, unknown>;

/** Who made the entries, as people call them. */
async function authors(db: Database, entries: readonly Entry[]): Promise<(entry: Entry) => string> {
  const ids = [...new Set(entries.flatMap(({ actorId }) => actorId ?? []))];
  const names = await accountNames(db, ids);
  return ({ actorId, actorLabel }) => (actorId === null ? undefined : names.get(actorId)) ?? actorLabel;
}

/** “A”, “A and B”, “A, B and C”. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** What an entry says in plain words: “turned on AI Agents”. */
function inWords(entry: Entry): string {
  const after = columnsIn(entry);
  const named = (value: boolean) => features.filter(({ column }) => after[column] === value).map(({ name }) => name);
  const [on, off] = [named(true), named(false)];
  const parts = [
    ...(on.length > 0 ? [`turned on ${listed(on)}`] : []),
    ...(off.length > 0 ? [`turned off ${listed(off)}`] : []),
  ];
  return parts.join('; ');
}

interface FlagsState {
  switches: SwitchView[];
  history: { who: string; text: string; at: Date; on: boolean }[];
  historyUrl: string | null;
  rowId: number | null;
}

/** The switches of a producer with who changed each last, and what was changed lately. */
export async function readFlagsState(
  { db, viewer }: Pick<AdminContext, 'db' | 'viewer'>,
  producerId: number,
): Promise<FlagsState> {
  const row = await findFlagRow(db, producerId);
  const entries =
    row === undefined
      ? []
      : await listEntries(db, {
          objectType: FeatureFlagsRow.label,
          objectId: String(row.id),
          limit: LOOKED_THROUGH,
        });
  const who = await authors(db, entries);
  const canChange = hasPermission(viewer, CHANGE_FLAGS);
  const switches = features.map(({ column, name, help }) => {
    const on = row !== undefined && Boolean(row[column]);
    const last = entries.find((entry) => entry.action === 'change' && column in columnsIn(entry));
    return {
      column,
      name,
      help,
      input: inputOf(column),
      on,
      was: on ? 'on' : '',
      changed: last === undefined ? null : { who: who(last), at: last.createdAt },
      canChange,
      url: flagsUrl(producerId),
    };
  });
  const told = entries.filter((entry) => entry.action === 'change' && inWords(entry) !== '').slice(0, SHOWN);
  return {
    switches,
    history: told.map((entry) => ({
      who: who(entry),
      text: inWords(entry),
      at: entry.createdAt,
      on: features.some(({ column }) => columnsIn(entry)[column] === true),
    })),
    historyUrl: row === undefined ? null : `${modelUrl(FeatureFlagsRow)}${row.id}/history/`,
    rowId: row?.id ?? null,
  };
}

/** What the inline of the producer's form draws; for a new producer there is none. */
export async function flagsPanel(context: AdminContext, row: AnyRow | null): Promise<Record<string, unknown>> {
  return row === null ? { switches: [] } : { ...(await readFlagsState(context, row.id)) };
}

const on = z.enum(['', 'on', 'off', '1', '0', 'true', 'false']);

/** Which switch a request is about. The form around it may come along; what it has no field for is refused. */
function askedSwitch(req: Request, admin: ModelAdmin): { column: FeatureFlagColumn; to: boolean } {
  const body = (req.body ?? {}) as Record<string, unknown>;
  const feature = features.find(({ column }) => column === body.field);
  if (feature === undefined) throw badRequest('There is no such feature. Nothing was changed.');
  const { field: _field, [feature.column]: own, ...rest } = body;
  const [unknown] = unknownNames(admin, rest as Record<string, string>);
  if (unknown !== undefined)
    throw unprocessable(`This form has no field called ${unknown.slice(0, 60)}. Nothing was changed.`, 'unknown_field');
  const value = own ?? body[inputOf(feature.column)] ?? '';
  const text = on.safeParse(Array.isArray(value) ? value.at(-1) : value);
  if (!text.success) throw unprocessable('A feature is on or off. Nothing was changed.');
  return { column: feature.column, to: ['on', '1', 'true'].includes(text.data) };
}

/** The switch as it is now with what goes along with it: the history, and a message that offers Undo. */
async function answer(
  req: Request,
  res: Parameters<RequestHandler>[1],
  context: AdminContext,
  {
    producerId,
    column,
    text,
    request,
    undone,
  }: { producerId: number; column: string; text: string; request?: string; undone?: string },
): Promise<void> {
  const state = await readFlagsState(context, producerId);
  const line = state.switches.find((each) => each.column === column);
  respond(req, res, {
    partial: 'partials/producers/flag-switch.njk',
    data: { line, inline: { extra: state }, saved: undone === undefined, autofocus: undone !== undefined },
    also: [
      { target: '#flags-history', partial: 'partials/producers/flags-history.njk' },
      ...(undone === undefined
        ? []
        : [{ target: `#toast-${undone}`, partial: 'partials/producers/nothing.njk', swap: 'delete' }]),
    ],
    redirect: changeUrl(Producer, producerId),
    toast: {
      kind: 'success',
      text,
      ...(request === undefined
        ? {}
        : {
            undo: {
              action: `${flagsUrl(producerId)}undo/`,
              fields: { request, field: column },
              target: `#flag-${column}`,
            },
          }),
    },
  });
}

/**
 * Sets one feature of one producer: only the named field is read, present for on, absent for off. Asking for the state
 * it has already changes nothing. The rest of the form is neither saved nor lost.
 */
export const setFlag =
  (parts: AdminParts, producerAdmin: ModelAdmin, flagsAdmin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const producerId = idOf(req);
    const { column, to } = askedSwitch(req, producerAdmin);
    const context = contextOf(parts, req);
    const name = await findProducerName(parts.db, producerId);
    if (name === undefined) throw notFound('This producer does not exist, or no longer does.');
    const changed = await inTransaction(parts.db, async (trx) => {
      await addMissingFlagRows(trx, [producerId], context.clock.now());
      return bulkUpdateIn(trx, flagsAdmin, context, { ids: [producerId], values: { [column]: to }, by: 'producer_id' });
    });
    const feature = features.find((each) => each.column === column)?.name ?? '';
    const text = `${feature} is ${changed === 0 ? 'already ' : ''}${to ? 'on' : 'off'} for ${name}.`;
    await answer(req, res, context, {
      producerId,
      column,
      text,
      ...(changed === 0 ? {} : { request: requestIdOf(req) }),
    });
  };

/** Takes a switch back, unless somebody has changed it since. */
export const undoFlag =
  (parts: AdminParts, flagsAdmin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const producerId = idOf(req);
    const { request, field } = (req.body ?? {}) as Record<string, unknown>;
    const feature = features.find(({ column }) => column === field);
    if (feature === undefined || typeof request !== 'string' || !/^[0-9a-f-]{36}$/.test(request))
      throw badRequest('This does not say what to undo.');
    const context = contextOf(parts, req);
    const name = await findProducerName(parts.db, producerId);
    if (name === undefined) throw notFound('This producer does not exist, or no longer does.');
    const { undone } = await undoChanges(flagsAdmin, context, request);
    const row = await findFlagRow(parts.db, producerId);
    const state = row?.[feature.column] ? 'on' : 'off';
    const text =
      undone > 0
        ? `${feature.name} is ${state} again for ${name}.`
        : `${feature.name} was changed by somebody else since then and stays ${state} for ${name}.`;
    await answer(req, res, context, { producerId, column: feature.column, text, undone: request });
  };
