import type { Knex } from 'knex';
import { fromDbTime, isPostgres, toDbTime } from '../db';

/** An article without its text, as lists show it. */
export interface ArticleSummary {
  readonly id: number;
  readonly title: string;
  readonly slug: string;
  readonly summary: string;
  readonly category: { readonly name: string; readonly slug: string };
}

/** An article with its text. */
export interface Article extends ArticleSummary {
  readonly body: string;
  readonly modifiedAt: Date;
}

/** A category with how many published articles it has. */
export interface CategoryCount {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly articles: number;
}

interface ArticleRow {
  id: number;
  title: string;
  slug: string;
  summary: string;
  category_name: string;
  category_slug: string;
  body: string;
  modified_at: unknown;
}

/** Most articles that a list shows. */
const MOST_LISTED = 500;

const toSummary = (row: ArticleRow): ArticleSummary => ({
  id: row.id,
  title: row.title,
  slug: row.slug,
  summary: row.summary,
  category: { name: row.category_name, slug: row.category_slug },
});

const toArticle = (row: ArticleRow): Article => ({
  ...toSummary(row),
  body: row.body,
  modifiedAt: fromDbTime(row.modified_at),
});

const published = (db: Knex) =>
  db('knowledge_article as a')
    .join('knowledge_category as c', 'c.id', 'a.category_id')
    .where('a.is_published', true)
    .select('a.id', 'a.title', 'a.slug', 'a.summary', 'c.name as category_name', 'c.slug as category_slug');

/** All categories that have something to read, in their order. */
export async function listCategories(db: Knex): Promise<CategoryCount[]> {
  const rows = (await db('knowledge_category as c')
    .join('knowledge_article as a', 'a.category_id', 'c.id')
    .where('a.is_published', true)
    .groupBy('c.id', 'c.name', 'c.slug', 'c.description', 'c.position')
    .orderBy([{ column: 'c.position' }, { column: 'c.name' }])
    .select('c.name', 'c.slug', 'c.description')
    .count({ articles: '*' })) as unknown as (Omit<CategoryCount, 'articles'> & { articles: unknown })[];
  return rows.map((row) => ({ ...row, articles: Number(row.articles) }));
}

/** The published articles by title; of one category when it is named. */
export async function listArticles(db: Knex, category?: string): Promise<ArticleSummary[]> {
  const query = published(db).orderBy('a.title').limit(MOST_LISTED);
  const rows = (await (category === undefined ? query : query.where('c.slug', category))) as ArticleRow[];
  return rows.map(toSummary);
}

/** A published article by its name in addresses. */
export async function findArticle(db: Knex, slug: string): Promise<Article | undefined> {
  const row = (await published(db).where('a.slug', slug).select('a.body', 'a.modified_at').first()) as
    | ArticleRow
    | undefined;
  return row && toArticle(row);
}

/**
 * The published articles that have the terms, the best first: all of the terms, or with `any` at least one. A term is the
 * beginning of a word. Terms hold letters and digits only, so nothing in them can be an operator of either search.
 */
export async function searchArticles(
  db: Knex,
  terms: readonly string[],
  { any = false, limit, category }: { any?: boolean; limit: number; category?: string | undefined },
): Promise<Article[]> {
  if (terms.length === 0) return [];
  const query = published(db).select('a.body', 'a.modified_at').limit(limit);
  if (category !== undefined) query.where('c.slug', category);
  if (isPostgres(db)) {
    const wanted = terms.map((term) => `${term}:*`).join(any ? ' | ' : ' & ');
    query
      .whereRaw("a.search @@ to_tsquery('simple', ?)", [wanted])
      .orderByRaw("ts_rank(a.search, to_tsquery('simple', ?), 1) desc, a.id", [wanted]);
  } else {
    const wanted = terms.map((term) => `"${term}"*`).join(any ? ' OR ' : ' AND ');
    query
      .joinRaw('join knowledge_article_search as s on s.rowid = a.id')
      .whereRaw('knowledge_article_search match ?', [wanted])
      .orderByRaw('bm25(knowledge_article_search, 10.0, 4.0, 1.0), a.id');
  }
  return ((await query) as ArticleRow[]).map(toArticle);
}

/** What somebody said of an article; undefined when nothing yet. */
export async function findFeedback(db: Knex, articleId: number, userId: number): Promise<boolean | undefined> {
  const row = await db('knowledge_feedback').where({ article_id: articleId, user_id: userId }).first('is_helpful');
  return row === undefined ? undefined : Boolean(row.is_helpful);
}

/** Notes what somebody says of an article for the first time; the new row's id, or nothing when they had said something. */
export async function insertFeedback(
  trx: Knex,
  { articleId, userId, isHelpful, now }: { articleId: number; userId: number; isHelpful: boolean; now: Date },
): Promise<number | undefined> {
  const time = toDbTime(now);
  const row = { article_id: articleId, user_id: userId, is_helpful: isHelpful, created_at: time, modified_at: time };
  const rows = (await trx('knowledge_feedback')
    .insert(row)
    .onConflict(['article_id', 'user_id'])
    .ignore()
    .returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** Changes what somebody said of an article; the row's id, or nothing when they had said the same. */
export async function updateFeedback(
  trx: Knex,
  { articleId, userId, isHelpful, now }: { articleId: number; userId: number; isHelpful: boolean; now: Date },
): Promise<number | undefined> {
  const rows = (await trx('knowledge_feedback')
    .where({ article_id: articleId, user_id: userId, is_helpful: !isHelpful })
    .update({ is_helpful: isHelpful, modified_at: toDbTime(now) })
    .returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** How many people an article helped, of how many who said so. */
export async function countFeedback(db: Knex, articleId: number): Promise<{ helpful: number; all: number }> {
  const row = await db('knowledge_feedback')
    .where({ article_id: articleId })
    .select(db.raw('count(*) as "all", count(case when is_helpful then 1 end) as helpful'))
    .first();
  return { helpful: Number(row?.helpful ?? 0), all: Number(row?.all ?? 0) };
}
