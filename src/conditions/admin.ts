import { modelAdmin } from '../admin';
import { ConditionFlag } from './models';

/** What the admin knows of flags by conditions; their pages are in admin-routes.ts. */
export const conditionFlagAdmin = modelAdmin(ConditionFlag, {
  icon: 'fa-list-check',
  description: 'Flags that settings, environment variables and the database decide together, by conditions.',
  listDisplay: ['name', 'description', 'modified_at'],
  searchFields: ['name', 'description'],
  ordering: ['name'],
  ownPages: 'name',
});
