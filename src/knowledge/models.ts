import { boolean, foreignKey, integer, model, slug, text, textarea, timestamp } from '../model';

/** What articles are sorted into. */
export const Category = model('knowledge.category', {
  table: 'knowledge_category',
  noun: 'category',
  nounPlural: 'categories',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, unique: true, max: 60 }),
    slug: slug({ required: true, unique: true, help: 'Its name in addresses.' }),
    description: text({ max: 200, help: 'One sentence under its name.' }),
    position: integer({ initial: 0, min: 0, max: 1_000, help: 'Smaller ones come first.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** An article of the knowledge base. */
export const Article = model('knowledge.article', {
  table: 'knowledge_article',
  noun: 'article',
  titleColumns: ['title'],
  fields: {
    title: text({ required: true, max: 120, help: 'What somebody would ask, in few words.' }),
    slug: slug({
      required: true,
      unique: true,
      max: 80,
      help: 'Its name in addresses. A link that is in use breaks when it changes.',
    }),
    category_id: foreignKey('knowledge.category', { label: 'Category', required: true, onDelete: 'protect' }),
    summary: text({ max: 300, help: 'The answer in one sentence. Lists and search results show it.' }),
    body: textarea({
      required: true,
      max: 20_000,
      help: 'Markdown: ## headings, lists, **strong**, [links](https://…) and tables. HTML and pictures are shown as text.',
    }),
    is_published: boolean({ label: 'Published', help: 'Whether producers and the assistant can read it.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** Whether an article helped somebody; one answer for each person and article. */
export const Feedback = model('knowledge.feedback', {
  table: 'knowledge_feedback',
  noun: 'answer',
  titleColumns: ['article_id'],
  fields: {
    article_id: foreignKey('knowledge.article', { label: 'Article' }),
    user_id: foreignKey('auth.user', { label: 'Person' }),
    is_helpful: boolean({ label: 'Helpful' }),
    created_at: timestamp('First answered'),
    modified_at: timestamp('Last changed'),
  },
});
