import { modelAdmin } from '../admin';
import { demandPanel } from './demand';
import { Interest } from './models';

export const interestAdmin = modelAdmin(Interest, {
  icon: 'fa-heart',
  description: 'Who asked for which integration. Each person counts once for each.',
  listDisplay: ['integration', 'user_id', 'organization_id', 'created_at'],
  listFilter: ['integration', 'organization_id', 'created_at'],
  searchFields: ['user_id.email', 'user_id.name', 'organization_id.name'],
  searchHelp: 'Search by person or organization',
  ordering: ['-created_at'],
  dateHierarchy: 'created_at',
  listPanels: [demandPanel],
  canAdd: false,
  canChange: false,
});
