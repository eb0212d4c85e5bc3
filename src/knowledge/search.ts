import type { Database } from '../db';
import { plainText, toBlocks } from '../lib/markdown';
import { type ArticleSummary, searchArticles } from './queries';
import { excerpt, highlight, type Part, searchTerms } from './terms';

/** An article that was found, with the words that made it so. */
export interface Hit {
  readonly article: ArticleSummary;
  readonly title: readonly Part[];
  readonly excerpt: readonly Part[];
}

/** What a search gives. */
export interface Found {
  readonly hits: readonly Hit[];
  /** No article has all of the words, and these have some of them. */
  readonly onlySome: boolean;
  /** There are more than are shown. */
  readonly more: boolean;
}

/** Most articles that a search shows; whoever does not find it among them types another word. */
export const MOST_FOUND = 30;

/** The articles about what somebody typed: those with all of its words, or else those with some. */
export async function search(db: Database, text: string, category?: string): Promise<Found> {
  const terms = searchTerms(text);
  const limit = MOST_FOUND + 1;
  const all = await searchArticles(db, terms, { limit, category });
  const onlySome = all.length === 0 && terms.length > 1;
  const articles = onlySome ? await searchArticles(db, terms, { any: true, limit, category }) : all;
  const hits = articles.slice(0, MOST_FOUND).map((article) => ({
    article,
    title: highlight(article.title, terms),
    excerpt: excerpt(plainText(toBlocks(`${article.summary}\n\n${article.body}`)), terms),
  }));
  return { hits, onlySome: onlySome && hits.length > 0, more: articles.length > MOST_FOUND };
}
