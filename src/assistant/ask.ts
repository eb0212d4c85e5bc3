import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import { tooMany } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { type Asker, type Exchange, findExchange, insertQuestion, listAsked } from './queries';

/** How many questions somebody may ask in how many milliseconds. */
export const ASKING = { most: 30, within: 10 * 60_000 } as const;

interface Parts {
  readonly db: Database;
  readonly clock: Clock;
}

/** 429 when somebody has asked very often lately; says when the next question counts. */
export async function refuseTooMany({ db, clock }: Parts, asker: Asker): Promise<void> {
  const now = clock.now().getTime();
  const asked = await listAsked(db, asker, new Date(now - ASKING.within));
  const oldest = asked.at(-ASKING.most);
  if (oldest === undefined) return;
  const seconds = Math.max(1, Math.ceil((oldest.getTime() + ASKING.within - now) / 1000));
  throw tooMany(
    seconds,
    `You have asked ${ASKING.most} questions in ten minutes. Wait a moment; your question was not sent.`,
  );
}

/** Keeps a question that is to be answered. */
export async function ask(parts: Parts, actor: Actor, asker: Asker, question: string): Promise<Exchange> {
  const { db, clock } = parts;
  await refuseTooMany(parts, asker);
  return inTransaction(db, async (trx) => {
    const id = await insertQuestion(trx, asker, question, clock.now());
    await recordAudit(trx, clock, actor, {
      action: 'add',
      objectType: 'assistant.question',
      objectId: id,
      objectLabel: question,
      message: 'Asked the assistant.',
    });
    const exchange = await findExchange(trx, asker, id);
    if (exchange === undefined) throw new Error('a question that was just added is not there');
    return exchange;
  });
}

/** Notes that a question is to be answered once more, because its answer broke off. */
export async function askAgain(parts: Parts, actor: Actor, asker: Asker, exchange: Exchange): Promise<void> {
  await refuseTooMany(parts, asker);
  await inTransaction(parts.db, (trx) =>
    recordAudit(trx, parts.clock, actor, {
      action: 'change',
      objectType: 'assistant.question',
      objectId: exchange.id,
      objectLabel: exchange.question,
      message: 'Asked the assistant again.',
    }),
  );
}
