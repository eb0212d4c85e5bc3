import type { Request, Response } from 'express';
import { z } from 'zod';
import { whileUnchanged } from '../db';
import { unprocessable } from '../lib/http-error';
import { headingsOf, plainText, toBlocks } from '../lib/markdown';
import { ofProducer } from '../portal';
import type { Services } from '../services';
import { parseForm } from '../web/forms';
import { actorOf, queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { giveFeedback } from './feedback';
import { type Article, findArticle, findFeedback, listArticles, listCategories } from './queries';
import { search } from './search';

const HOME = '/dashboard/knowledge-base';
/** What may be the name of an article; anything else is none, whatever a database thinks of it. */
const SLUG = /^[a-z0-9-]{1,80}$/;
/** How many words people read in a minute. */
const WORDS_A_MINUTE = 220;

const Helpful = z.strictObject({ helpful: z.enum(['yes', 'no'], { error: 'Choose Yes or No.' }) });

/** The knowledge base of the portal: categories, search, articles, and whether they helped. */
export function knowledgeRoutes(services: Services): Routes {
  const { db } = services;
  const member = ofProducer(services);
  const categoriesNow = () => whileUnchanged(db, 'knowledge categories', () => listCategories(db));
  const articlesNow = (category?: string) =>
    whileUnchanged(db, `knowledge articles ${category ?? ''}`, () => listArticles(db, category));

  /** The article at an address; without one the answer is a 404 that helps to find another. */
  async function articleOr404(req: Request, res: Response): Promise<Article | undefined> {
    const slug = String(req.params.slug);
    const article = SLUG.test(slug) ? await findArticle(db, slug) : undefined;
    if (article !== undefined) return article;
    respond(req, res, { page: 'views/knowledge/gone.njk', status: 404, data: { categories: await categoriesNow() } });
    return undefined;
  }

  return new Routes(HOME)
    .get('', signedIn, member, async (req, res) => {
      const q = queryText(req, 'q').trim().slice(0, 200);
      const categories = await categoriesNow();
      const category = categories.find(({ slug }) => slug === queryText(req, 'category'));
      const found = q === '' ? undefined : await search(db, q, category?.slug);
      const articles = found === undefined ? await articlesNow(category?.slug) : [];
      respond(req, res, {
        page: 'views/knowledge/index.njk',
        partial: 'partials/knowledge/articles.njk',
        data: { q, categories, category, found, articles },
      });
    })
    .get('/:slug', signedIn, member, async (req, res) => {
      const article = await articleOr404(req, res);
      if (article === undefined) return;
      const blocks = toBlocks(article.body);
      const words = plainText(blocks).split(' ').length;
      const others = await articlesNow(article.category.slug);
      respond(req, res, {
        page: 'views/knowledge/article.njk',
        data: {
          article,
          blocks,
          contents: headingsOf(blocks).filter(({ level }) => level === 2),
          minutes: Math.max(1, Math.round(words / WORDS_A_MINUTE)),
          helpful: await findFeedback(db, article.id, viewerOf(req).id),
          others: others.filter(({ id }) => id !== article.id).slice(0, 5),
        },
      });
    })
    .post('/:slug/helpful', signedIn, member, async (req, res) => {
      const article = await articleOr404(req, res);
      if (article === undefined) return;
      const form = parseForm(Helpful, req.body);
      if (!form.ok) throw unprocessable('Choose Yes or No. Nothing was saved.');
      const isHelpful = form.value.helpful === 'yes';
      await giveFeedback(services, actorOf(req), { article, userId: viewerOf(req).id, isHelpful });
      respond(req, res, {
        partial: 'partials/knowledge/helpful.njk',
        data: { article, helpful: isHelpful, fresh: true },
        redirect: `${HOME}/${article.slug}#helpful`,
      });
    });
}
