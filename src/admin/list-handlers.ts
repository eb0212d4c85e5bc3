import type { RequestHandler } from 'express';
import { flash, respond } from '../web/respond';
import { actionsFor, selectedIds } from './action-handlers';
import type { ModelAdmin } from './declare';
import { toBody } from './form';
import type { AdminParts } from './frame';
import { saveList } from './list-edits';
import { stateOf } from './list-scope';
import { listQuery } from './list-state';
import { showList } from './show-list';
import { modelUrl } from './site';

/** GET of a list: what the address does not mean is dropped from it with a message. */
export const showChangeList =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const state = stateOf(parts, admin, req.query);
    if (state.dropped.length > 0) {
      const names = state.dropped.map((name) => name.slice(0, 40)).join(', ');
      flash(req, {
        kind: 'warning',
        text: `The address asked for something this list does not have (${names}). It was left out.`,
      });
      return respond(req, res, {
        redirect: modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, ''),
      });
    }
    await showList(parts, admin, req, res, state);
  };

/** POST of a list: edits made in it, or an action that first asks on a page of its own. */
export const postChangeList =
  (parts: AdminParts, admin: ModelAdmin): RequestHandler =>
  async (req, res) => {
    const body = toBody(req.body);
    const state = stateOf(parts, admin, req.query);
    if (body._save_list !== undefined) return saveList(parts, admin, req, res, state, body);
    const action = actionsFor(parts, admin, req).find(({ name }) => name === body.action);
    const back = modelUrl(admin.model) + listQuery(admin, state, { page: state.page }).replace(/^\?$/, '');
    const ids = selectedIds(body);
    const across = body.select_across === '1';
    if (action === undefined || (ids.length === 0 && !across)) {
      const text =
        action === undefined
          ? 'Choose an action first. Nothing was changed.'
          : `Select at least one ${admin.model.noun}. Nothing was changed.`;
      return respond(req, res, { redirect: back, toast: { kind: 'warning', text } });
    }
    const params = new URLSearchParams(listQuery(admin, state).slice(1));
    params.set('_action', action.name);
    if (across) params.set('_across', '1');
    else params.set('_ids', ids.join('.'));
    respond(req, res, { redirect: `${modelUrl(admin.model)}action/?${params}` });
  };
