import { DEMO_KNOWLEDGE } from './articles';
import { daysBefore, type Load, stamps } from './load';
import { idsBySlug, insertRows } from './queries';

/** The knowledge base: its categories and their articles, written over the last year. */
export async function loadKnowledge({ trx, now, random, ids }: Load): Promise<void> {
  const categories = DEMO_KNOWLEDGE.map(({ name, slug, description }, index) => ({
    name,
    slug,
    description,
    position: (index + 1) * 10,
    ...stamps(daysBefore(now, 360)),
  }));
  await insertRows(trx, 'knowledge_category', categories);
  const categoryIds = await idsBySlug(trx, 'knowledge_category');
  const articles = DEMO_KNOWLEDGE.flatMap(({ slug, articles }) =>
    articles.map((article) => {
      const written = 40 + random() * 300;
      const times = stamps(daysBefore(now, written), daysBefore(now, written * random()));
      return { ...article, category_id: categoryIds.get(slug), is_published: true, ...times };
    }),
  );
  await insertRows(trx, 'knowledge_article', articles);
  const articleIds = await idsBySlug(trx, 'knowledge_article');
  // Whoever tries the portal has their answers still to give.
  const readers = [...ids].filter(([email]) => !email.startsWith('producer')).map(([, id]) => id);
  const feedback = readers.flatMap((user_id) =>
    [...articleIds.values()]
      .filter(() => random() < 0.3)
      .map((article_id) => ({
        article_id,
        user_id,
        is_helpful: random() < 0.85,
        ...stamps(daysBefore(now, random() * 30)),
      })),
  );
  await insertRows(trx, 'knowledge_feedback', feedback);
}
