import type { Database } from '../../src/db';

/** An article of a test; published unless it says otherwise. */
export interface TestArticle {
  readonly slug: string;
  readonly title: string;
  readonly summary?: string;
  readonly body?: string;
  readonly category?: string;
  readonly isPublished?: boolean;
}

/** Puts articles into the knowledge base, with the categories that they name; returns their ids by slug. */
export async function addArticles(db: Database, articles: readonly TestArticle[]): Promise<Record<string, number>> {
  const time = '2026-01-01T10:00:00.000Z';
  const stamps = { created_at: time, modified_at: time };
  const ids: Record<string, number> = {};
  for (const { slug, title, summary = '', body = 'Text.', category = 'Tickets', isPublished = true } of articles) {
    const known = await db('knowledge_category').where({ name: category }).first('id');
    const [made] =
      known === undefined
        ? await db('knowledge_category')
            .insert({ name: category, slug: category.toLowerCase(), description: '', ...stamps })
            .returning('id')
        : [known];
    const [row] = await db('knowledge_article')
      .insert({ slug, title, summary, body, category_id: made.id, is_published: isPublished, ...stamps })
      .returning('id');
    ids[slug] = row.id;
  }
  return ids;
}
