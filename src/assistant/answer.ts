import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../db';
import type { Answer } from './queries';
import { retrieve } from './retrieve';
import type { AnswerService } from './service';

/** What is said when the articles have no answer. */
export const UNKNOWN =
  'I did not find an answer to that in the articles. Ask in other words, or write to support: a person will answer.';

const FELL_BACK = 'The answer service did not answer, so this comes from the articles alone.';

interface Parts {
  readonly db: Database;
  readonly log: Logger;
  readonly service: AnswerService | undefined;
}

/** The words of a text a few at a time, the spaces behind them included. */
const fewWords = (text: string): string[] => text.match(/(?:\S+\s*){1,5}/g) ?? [text];

/**
 * An answer as it grows: each value is the answer so far, the last one is complete. A service that is configured writes it
 * from the passages that were found; when it fails, the articles' own sentences take its place and the answer says so.
 * `pace` is the pause between the words of an answer that is there at once, in milliseconds: people read along.
 */
export async function* answerTo(
  { db, log, service }: Parts,
  question: string,
  { signal, pace }: { signal: AbortSignal; pace: number },
): AsyncGenerator<Answer> {
  const found = await retrieve(db, question);
  if (found === undefined) {
    yield { text: UNKNOWN, sources: [], state: 'unknown', answeredBy: 'articles', note: '' };
    return;
  }
  const { sources, passages } = found;
  let note = '';
  if (service !== undefined) {
    let text = '';
    try {
      for await (const piece of service.answer({ question, passages }, signal)) {
        text += piece;
        yield { text, sources, state: 'cut', answeredBy: 'service', note };
      }
      yield { text, sources, state: 'complete', answeredBy: 'service', note };
      return;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'the answer service failed');
      note = FELL_BACK;
    }
  }
  let text = '';
  for (const words of pace === 0 ? [] : fewWords(found.answer)) {
    text += words;
    yield { text, sources, state: 'cut', answeredBy: 'articles', note };
    await sleep(pace);
    if (signal.aborted) return;
  }
  yield { text: found.answer, sources, state: 'complete', answeredBy: 'articles', note };
}
