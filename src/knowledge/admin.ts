import { modelAdmin, timestamps } from '../admin';
import { toBlocks } from '../lib/markdown';
import { Article, Category, Feedback } from './models';
import { countFeedback } from './queries';

export const categoryAdmin = modelAdmin(Category, {
  icon: 'fa-folder-open',
  description: 'What the articles of the knowledge base are sorted into.',
  listDisplay: ['name', 'slug', 'position', 'modified_at'],
  listDetail: 'description',
  searchFields: ['name', 'description'],
  searchHelp: 'Search by name',
  ordering: ['position', 'name'],
  listEditable: ['position'],
  prepopulated: { slug: 'name' },
  hooks: { stamp: timestamps },
});

export const articleAdmin = modelAdmin(Article, {
  icon: 'fa-book-open',
  description: 'What producers can read in their portal, and what the assistant answers from.',
  listDisplay: ['title', 'category_id', 'is_published', 'modified_at'],
  listDetail: 'summary',
  listFilter: ['category_id', 'is_published', 'modified_at'],
  searchFields: ['title', 'summary', 'body', '=slug'],
  searchHelp: 'Search by title or text',
  ordering: ['title'],
  listEditable: ['is_published'],
  prepopulated: { slug: 'title' },
  fieldsets: [
    { fields: ['title', 'slug', 'category_id', 'is_published'] },
    { title: 'Text', fields: ['summary', 'body'] },
    { title: 'Dates', fields: ['created_at', 'modified_at'] },
  ],
  formPanels: [
    {
      partial: 'partials/knowledge/preview.njk',
      data: async ({ db }, row) => ({
        place: 'after',
        blocks: toBlocks(String(row?.body ?? '')),
        feedback: row === null ? { helpful: 0, all: 0 } : await countFeedback(db, row.id),
      }),
    },
  ],
  hooks: { stamp: timestamps },
});

export const feedbackAdmin = modelAdmin(Feedback, {
  icon: 'fa-thumbs-up',
  description: 'Whom each article helped. Each person has one answer for each article.',
  listDisplay: ['article_id', 'is_helpful', 'user_id', 'modified_at'],
  listFilter: ['is_helpful', 'article_id', 'modified_at'],
  searchFields: ['article_id.title', 'user_id.email', 'user_id.name'],
  searchHelp: 'Search by article or person',
  ordering: ['-modified_at'],
  canAdd: false,
  canChange: false,
});
