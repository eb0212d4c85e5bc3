import { modelPolicy } from '../admin';
import { Routes } from '../web/routes';
import { conditionFlagAdmin } from './admin';
import { postAbout, postUndo } from './admin-about';
import { exportGiven, mayLookAtGiven, postTracking, showGiven } from './admin-given';
import {
  postAdd,
  postDelete,
  showAdd,
  showCondition,
  showDelete,
  showFlag,
  showHistory,
  showValue,
} from './admin-pages';
import { people, testFlag } from './admin-tester';
import { type FlagPages, LIST_URL } from './admin-view';
import { postChangedCondition, postCondition, postRemoval, postRequired } from './admin-writes';

/** The pages of flags by conditions; whoever may change a flag may change its conditions. */
export function conditionAdminRoutes(pages: FlagPages): Routes {
  const may = (verb: 'view' | 'add' | 'change' | 'delete') => modelPolicy(pages.site, conditionFlagAdmin, verb);
  const flag = `${LIST_URL}:name/`;
  return new Routes() // the list of all flags is the dashboard of src/usage
    .get(`${LIST_URL}add/`, may('add'), showAdd(pages))
    .post(`${LIST_URL}add/`, may('add'), postAdd(pages))
    .get(`${LIST_URL}people/`, may('view'), people(pages))
    .get(`${flag}change/`, may('view'), showFlag(pages))
    .post(`${flag}change/`, may('change'), postAbout(pages))
    .post(`${flag}tracking/`, may('change'), postTracking(pages))
    .get(`${flag}given/`, mayLookAtGiven(pages), showGiven(pages))
    .get(`${flag}given/export/`, mayLookAtGiven(pages), exportGiven(pages))
    .get(`${flag}history/`, may('view'), showHistory(pages))
    .get(`${flag}delete/`, may('delete'), showDelete(pages))
    .post(`${flag}delete/`, may('delete'), postDelete(pages))
    .get(`${flag}test/`, may('view'), testFlag(pages))
    .get(`${flag}value/`, may('change'), showValue(pages))
    .post(`${flag}conditions/`, may('change'), postCondition(pages))
    .get(`${flag}conditions/:id/`, may('change'), showCondition(pages))
    .post(`${flag}conditions/:id/`, may('change'), postChangedCondition(pages))
    .post(`${flag}conditions/:id/required/`, may('change'), postRequired(pages))
    .post(`${flag}conditions/:id/delete/`, may('change'), postRemoval(pages))
    .post(`${flag}undo/`, may('change'), postUndo(pages));
}
