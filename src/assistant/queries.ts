import type { Knex } from 'knex';
import { fromDbTime, toDbTime } from '../db';

/** How an answer stands: not begun or lost, whole, nothing found, or broken off with a part that is kept. */
export type AnswerState = 'open' | 'complete' | 'unknown' | 'cut';

/** An article that an answer comes from. */
export interface Source {
  readonly title: string;
  readonly slug: string;
}

/** What an answer is made of; its text is Markdown in which `[1]` names the first source. */
export interface Answer {
  readonly text: string;
  readonly sources: readonly Source[];
  readonly state: AnswerState;
  readonly answeredBy: '' | 'articles' | 'service';
  /** What has to be said about it, like a service that did not answer. */
  readonly note: string;
}

/** A question with its answer. */
export interface Exchange extends Answer {
  readonly id: number;
  readonly question: string;
  readonly askedAt: Date;
}

interface Row {
  id: number;
  question: string;
  answer: string;
  sources: string;
  state: AnswerState;
  answered_by: Answer['answeredBy'];
  note: string;
  created_at: unknown;
}

/** Whose transcript is meant: what one person asked for one producer. */
export interface Asker {
  readonly producerId: number;
  readonly userId: number;
}

function toSources(text: string): Source[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return [];
    return (parsed as Partial<Source>[]).flatMap(({ title, slug }) =>
      typeof title === 'string' && typeof slug === 'string' ? [{ title, slug }] : [],
    );
  } catch {
    return [];
  }
}

const toExchange = (row: Row): Exchange => ({
  id: row.id,
  question: row.question,
  text: row.answer,
  sources: toSources(row.sources),
  state: row.state,
  answeredBy: row.answered_by,
  note: row.note,
  askedAt: fromDbTime(row.created_at),
});

/** How many questions the page shows. */
export const SHOWN = 20;

const of = (db: Knex, { producerId, userId }: Asker) =>
  db('assistant_question').where({ producer_id: producerId, user_id: userId });

/** The latest questions of somebody, the newest first. */
export async function listExchanges(db: Knex, asker: Asker): Promise<Exchange[]> {
  const rows = (await of(db, asker).orderBy('id', 'desc').limit(SHOWN)) as Row[];
  return rows.map(toExchange);
}

/** A question of somebody's own. */
export async function findExchange(db: Knex, asker: Asker, id: number): Promise<Exchange | undefined> {
  const row = (await of(db, asker).where({ id }).first()) as Row | undefined;
  return row && toExchange(row);
}

/** When somebody asked since then, the earliest first. */
export async function listAsked(db: Knex, asker: Asker, since: Date): Promise<Date[]> {
  const times: unknown[] = await of(db, asker)
    .where('modified_at', '>', toDbTime(since))
    .orderBy('modified_at')
    .pluck('modified_at');
  return times.map(fromDbTime);
}

/** Adds a question that is not answered yet. */
export async function insertQuestion(trx: Knex, asker: Asker, question: string, now: Date): Promise<number> {
  const time = toDbTime(now);
  const [row] = (await trx('assistant_question')
    .insert({
      producer_id: asker.producerId,
      user_id: asker.userId,
      question,
      state: 'open',
      created_at: time,
      modified_at: time,
    })
    .returning('id')) as { id: number }[];
  return row?.id ?? 0;
}

/** Keeps an answer, whole or as far as it came. */
export async function saveAnswer(db: Knex, id: number, answer: Answer, now: Date): Promise<void> {
  await db('assistant_question')
    .where({ id })
    .update({
      // A service may send what PostgreSQL cannot keep.
      answer: answer.text.replaceAll('\0', ''),
      sources: JSON.stringify(answer.sources),
      state: answer.state,
      answered_by: answer.answeredBy,
      note: answer.note,
      modified_at: toDbTime(now),
    });
}
