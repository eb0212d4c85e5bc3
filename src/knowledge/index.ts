export { type Article, findArticle, searchArticles } from './queries';
export { knowledgeRoutes } from './routes';
export { excerpt, fold, highlight, searchTerms, stem, tellingTerms, wordsOf } from './terms';
