import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import type { Actor } from '../lib/viewer';
import { type Article, insertFeedback, updateFeedback } from './queries';

/**
 * Notes whether an article helped somebody. Each person has one answer for each article: saying the same again changes
 * nothing, saying the other changes it.
 */
export function giveFeedback(
  { db, clock }: { db: Database; clock: Clock },
  actor: Actor,
  { article, userId, isHelpful }: { article: Pick<Article, 'id' | 'title'>; userId: number; isHelpful: boolean },
): Promise<void> {
  return inTransaction(db, async (trx) => {
    const answer = { articleId: article.id, userId, isHelpful, now: clock.now() };
    const added = await insertFeedback(trx, answer);
    const id = added ?? (await updateFeedback(trx, answer));
    if (id === undefined) return;
    await recordAudit(trx, clock, actor, {
      action: added === undefined ? 'change' : 'add',
      objectType: 'knowledge.feedback',
      objectId: id,
      objectLabel: article.title,
      ...(added === undefined ? { before: { is_helpful: !isHelpful } } : {}),
      after: { is_helpful: isHelpful },
      message: `Said that “${article.title}” ${isHelpful ? 'helped' : 'did not help'}.`,
    });
  });
}
