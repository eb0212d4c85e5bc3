import type { Database } from '../db';
import { type Article, searchArticles, tellingTerms, wordsOf } from '../knowledge';
import { type Block, plain, plainBlock, toBlocks } from '../lib/markdown';
import type { Source } from './queries';

/** A piece of an article that may answer a question. */
export interface Passage {
  /** The number of its source, from 1. */
  readonly source: number;
  readonly heading: string;
  /** Markdown. */
  readonly text: string;
}

/** What the articles have to say on a question. */
export interface Found {
  readonly sources: readonly Source[];
  /** The best passages, the best first: what an answer may be made of. */
  readonly passages: readonly Passage[];
  /** An answer made of nothing but the articles' own sentences. */
  readonly answer: string;
}

/** How many articles are looked at, and how many an answer names. */
const CANDIDATES = 8;
const MOST_SOURCES = 2;
const MOST_PASSAGES = 6;
/** Which share of a question, by the weight of its words, an article must speak of to count as an answer. */
const ENOUGH = 0.5;
/** How near another article has to come to the best one to be named as well. */
const NEAR = 0.8;
const MOST_SENTENCES = 3;
const MOST_STEPS = 8;

interface Candidate {
  readonly heading: string;
  readonly text: string;
  readonly words: ReadonlySet<string>;
  readonly about: ReadonlySet<string>;
}

const has = (words: ReadonlySet<string>, term: string): boolean => {
  for (const word of words) if (word.startsWith(term)) return true;
  return false;
};

const setOf = (text: string): Set<string> => new Set(wordsOf(text));

/** The first sentences of a paragraph. */
const firstSentences = (text: string): string =>
  (text.match(/[^.!?]+(?:[.!?]+["”’)]*(?=\s|$)|[.!?](?=\S)|$)/g) ?? [text])
    .slice(0, MOST_SENTENCES * 2)
    .reduce((kept, sentence) => (kept.length > 280 ? kept : kept + sentence), '')
    .trim();

/** A piece of an article as Markdown of its own: a paragraph, or the steps of a list. */
function quote(block: Block): string {
  if (block.kind === 'paragraph') return firstSentences(plain(block.parts));
  if (block.kind === 'list') {
    return block.items
      .slice(0, MOST_STEPS)
      .map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${item.map(plainBlock).join(' ')}`)
      .join('\n');
  }
  return '';
}

/** The pieces of an article with the headings they stand under. */
function candidatesOf(article: Article): Candidate[] {
  let heading = '';
  return toBlocks(article.body).flatMap((block) => {
    if (block.kind === 'heading') {
      heading = plain(block.parts);
      return [];
    }
    const text = quote(block);
    return text === '' ? [] : [{ heading, text, words: setOf(text), about: setOf(`${heading} ${article.title}`) }];
  });
}

interface Judged {
  readonly article: Article;
  readonly score: number;
  readonly coverage: number;
  readonly inTitle: number;
  readonly best: readonly { readonly candidate: Candidate; readonly score: number }[];
}

/**
 * What the published articles say on a question; undefined when they say too little for an answer. Nothing is made up: the
 * answer is put together from the sentences that speak most of what was asked, each with its source.
 */
export async function retrieve(db: Database, question: string): Promise<Found | undefined> {
  const terms = tellingTerms(question);
  const articles = await searchArticles(db, terms, { any: true, limit: CANDIDATES });
  if (articles.length === 0) return undefined;
  const all = articles.map((article) => ({ article, candidates: candidatesOf(article) }));
  const texts = all.map(({ article }) => setOf(`${article.title} ${article.summary} ${article.body}`));
  const weights = new Map(
    terms.map((term) => [
      term,
      Math.log(1 + (articles.length + 1) / (1 + texts.filter((words) => has(words, term)).length)),
    ]),
  );
  const weightOf = (words: ReadonlySet<string>) =>
    terms.reduce((sum, term) => sum + (has(words, term) ? (weights.get(term) ?? 0) : 0), 0);
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const judged = all
    .map(({ article, candidates }, rank): Judged => {
      const coverage = weightOf(texts[rank] ?? new Set()) / whole;
      const inTitle = weightOf(setOf(article.title)) / whole;
      const best = candidates
        .map((candidate) => ({
          candidate,
          score: weightOf(candidate.words) + 0.7 * weightOf(setOf(candidate.heading)),
        }))
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score);
      const passage = (best[0]?.score ?? 0) / whole;
      const inSummary = weightOf(setOf(article.summary)) / whole;
      return {
        article,
        coverage,
        inTitle,
        best,
        score: coverage + passage + inTitle + 0.5 * inSummary + 0.2 / (1 + rank),
      };
    })
    .filter(({ coverage, best, article }) => coverage >= ENOUGH && (best.length > 0 || article.summary !== ''))
    .sort((a, b) => b.score - a.score);
  const [first] = judged;
  if (first === undefined) return undefined;
  const chosen = judged.filter(({ score }) => score >= NEAR * first.score).slice(0, MOST_SOURCES);
  const sources = chosen.map(({ article: { title, slug } }) => ({ title, slug }));
  const passages = chosen
    .flatMap(({ article, best }, index) => [
      ...(article.summary === ''
        ? []
        : [{ source: index + 1, heading: article.title, text: article.summary, score: whole }]),
      ...best.map(({ candidate, score }) => ({
        source: index + 1,
        heading: candidate.heading,
        text: candidate.text,
        score,
      })),
    ])
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_PASSAGES)
    .map(({ source, heading, text }) => ({ source, heading, text }));
  return { sources, passages, answer: chosen.map(sayOf).join('\n\n') };
}

/** What one article contributes: its answer in one sentence, then the pieces that say most, in the order of the article. */
function sayOf({ article, best }: Judged, index: number): string {
  const mark = `[${index + 1}]`;
  const most = index === 0 ? 2 : 1;
  const [top] = best;
  const pieces = best
    .filter(({ score }) => score >= 0.6 * (top?.score ?? 0))
    .slice(0, article.summary === '' ? most + 1 : most)
    .map(({ candidate }) => candidate)
    .filter(({ text }) => text !== article.summary);
  const lines = article.summary === '' ? [] : [`${article.summary} ${mark}`];
  for (const { heading, text } of pieces) {
    if (/^(?:1\.|-) /.test(text)) lines.push(`**${heading || article.title}** ${mark}`, text);
    else lines.push(`${text} ${mark}`);
  }
  return lines.join('\n\n');
}
