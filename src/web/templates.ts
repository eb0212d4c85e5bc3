import nunjucks from 'nunjucks';
import { projectRoot } from '../lib/root';
import { addChartFilters } from './chart';
import { addFilters } from './filters';
import { keepMacros } from './keep-macros';

export type Templates = nunjucks.Environment;

/**
 * The template environment. A template's name is its path from the repository's root; output is escaped unless a
 * template says otherwise.
 */
export function createTemplates(options: { reload: boolean }): Templates {
  keepMacros();
  const loader = new nunjucks.FileSystemLoader(projectRoot, { noCache: options.reload });
  const templates = new nunjucks.Environment(loader, { autoescape: true, trimBlocks: true, lstripBlocks: true });
  addFilters(templates);
  addChartFilters(templates);
  templates.addGlobal('productName', 'Flagstaff');
  return templates;
}
