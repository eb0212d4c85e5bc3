import type { Request, Response } from 'express';
import { z } from 'zod';
import { hashSessionId, listLiveSessions } from '../auth';
import { notFound, tooMany } from '../lib/http-error';
import { typedText } from '../lib/typed-text';
import { memberOf, ofProducer } from '../portal';
import { hasFeature, listMembers } from '../producers';
import type { Services } from '../services';
import { parseForm, summarize } from '../web/forms';
import { actorOf, viewerOf, wantsPartial } from '../web/request';
import { render, respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { answerTo } from './answer';
import { ask, askAgain } from './ask';
import { LONGEST_QUESTION } from './models';
import { type Answer, type Asker, type Exchange, findExchange, listExchanges, saveAnswer } from './queries';
import { configuredService } from './service';
import { show } from './show';

const HOME = '/dashboard/ai-assistant';
const ID = /^[1-9]\d{0,8}$/;
/** Milliseconds between the words of an answer that is there at once. */
const PACE = 45;
/** How often it is looked whether somebody who gets an answer still may, in milliseconds. */
const RECHECK = 2_000;
/** Answers that one person, and all people of this process, may be getting at the same time. */
export const AT_ONCE = { person: 3, all: 200 } as const;

/** Questions that show what can be asked. */
const SAMPLES = ['How do I refund an order?', 'When does my payout arrive?', 'What do I need at the door?'] as const;

const Asked = z.strictObject({
  question: z
    .string({ error: 'Write a question.' })
    .overwrite((text) => typedText(text))
    .min(3, { error: 'Write a question.' })
    .max(LONGEST_QUESTION, { error: `Use at most ${LONGEST_QUESTION} characters.` }),
});

/** A fragment as one message of an event stream. */
const eventOf = (html: string): string =>
  `${html
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;

/** The assistant of the portal: asking, answers as a stream or with the page, and what was asked before. */
export function assistantRoutes(services: Services): Routes {
  const { db, clock, log } = services;
  const member = ofProducer(services);
  const parts = { db, log: log.child({ part: 'assistant' }), service: configuredService(services) };
  const running = new Map<number, number>();
  let atOnce = 0;

  const askerOf = (req: Request): Asker => ({ producerId: memberOf(req).producer.id, userId: viewerOf(req).id });
  /** Sources are links for those who may read the articles. */
  const viewData = (req: Request) => ({ canRead: hasFeature(memberOf(req).features, 'knowledgeBaseEnabled') });

  /** Whether the session, the place in the producer and the feature are still there. */
  async function stillMay(req: Request): Promise<boolean> {
    const session = hashSessionId(req.sessionID);
    const live = await listLiveSessions(db, [session], clock.now());
    if (live.get(session) !== (req.session.epoch ?? -1)) return false;
    const places = await listMembers(services, viewerOf(req).id);
    const place = places.find(({ producer }) => producer.id === memberOf(req).producer.id);
    return place !== undefined && hasFeature(place.features, 'aiAgentsEnabled');
  }

  /** Answers as a stream of the same fragment, each time with more in it. What was answered is kept, however it ends. */
  async function stream(req: Request, res: Response, exchange: Exchange): Promise<void> {
    const userId = viewerOf(req).id;
    const mine = running.get(userId) ?? 0;
    if (mine >= AT_ONCE.person || atOnce >= AT_ONCE.all)
      throw tooMany(5, 'Other answers are on their way. Stop one of them, or wait a moment.');
    running.set(userId, mine + 1);
    atOnce += 1;
    const gone = new AbortController();
    res.on('close', () => gone.abort());
    const earlier = (await listExchanges(db, askerOf(req))).filter(({ id }) => id !== exchange.id).map(show);
    let last: Answer = { text: '', sources: [], state: 'open', answeredBy: '', note: '' };
    const send = (answer: Answer, busy: boolean): void => {
      const shown = show({ ...exchange, ...answer });
      const data = { exchange: shown, busy, ...viewData(req) };
      res.write(eventOf(render(req, res, 'partials/assistant/answer.njk', data)));
    };
    try {
      // Not through Express, which would add a charset and so hide the type from what decides on compression.
      res.status(200).setHeader('Content-Type', 'text/event-stream');
      res.set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
      const transcript = render(req, res, 'partials/assistant/transcript.njk', { earlier, ...viewData(req) });
      const retry = render(req, res, 'partials/assistant/retry.njk', { exchange });
      res.write(
        eventOf(
          `<hx-partial hx-target="#transcript" hx-swap="outerMorph">${transcript}</hx-partial>` +
            `<hx-partial hx-target="#retries" hx-swap="innerMorph">${retry}</hx-partial>`,
        ),
      );
      send(last, true);
      let checked = performance.now();
      for await (const answer of answerTo(parts, exchange.question, { signal: gone.signal, pace: PACE })) {
        if (gone.signal.aborted) break;
        if (performance.now() - checked > RECHECK) {
          checked = performance.now();
          if (!(await stillMay(req))) break;
        }
        last = answer;
        send(answer, answer.state === 'cut');
      }
    } catch (error) {
      parts.log.error({ err: error }, 'an answer broke off');
    } finally {
      atOnce -= 1;
      const left = (running.get(userId) ?? 1) - 1;
      if (left > 0) running.set(userId, left);
      else running.delete(userId);
      const kept: Answer = last.state === 'open' ? { ...last, state: 'cut' } : last;
      await saveAnswer(db, exchange.id, kept, clock.now()).catch((error: unknown) =>
        parts.log.error({ err: error }, 'an answer could not be kept'),
      );
      if (!gone.signal.aborted) {
        if (kept.state === 'cut') send(kept, false);
        res.end();
      }
    }
  }

  /** Answers for somebody without JavaScript: all of it, then the page. */
  async function answerWhole(req: Request, res: Response, exchange: Exchange): Promise<void> {
    const gone = new AbortController();
    res.on('close', () => gone.abort());
    let last: Answer | undefined;
    for await (const answer of answerTo(parts, exchange.question, { signal: gone.signal, pace: 0 })) last = answer;
    if (last !== undefined) await saveAnswer(db, exchange.id, last, clock.now());
    if (!res.closed) respond(req, res, { redirect: `${HOME}#answer` });
  }

  const reply = (req: Request, res: Response, exchange: Exchange): Promise<void> =>
    wantsPartial(req) ? stream(req, res, exchange) : answerWhole(req, res, exchange);

  async function page(req: Request, res: Response, more: Record<string, unknown> = {}): Promise<void> {
    const [exchange, ...earlier] = (await listExchanges(db, askerOf(req))).map(show);
    respond(req, res, {
      page: 'views/assistant/index.njk',
      partial: 'partials/assistant/ask.njk',
      ...(more.summary === undefined ? {} : { status: 422 }),
      data: {
        exchange,
        earlier,
        samples: SAMPLES,
        longest: LONGEST_QUESTION,
        values: {},
        errors: {},
        ...viewData(req),
        ...more,
      },
    });
  }

  return new Routes(HOME)
    .get('', signedIn, member, (req, res) => page(req, res))
    .post('', signedIn, member, async (req, res) => {
      const form = parseForm(Asked, req.body);
      if (!form.ok) {
        await page(req, res, { values: form.values, errors: form.errors, summary: summarize(form.errors) });
        return;
      }
      await reply(req, res, await ask(services, actorOf(req), askerOf(req), form.value.question));
    })
    .post('/:id/retry', signedIn, member, async (req, res) => {
      const id = String(req.params.id);
      const exchange = ID.test(id) ? await findExchange(db, askerOf(req), Number(id)) : undefined;
      if (exchange === undefined) throw notFound('There is no such question among yours.');
      if (exchange.state === 'complete' || exchange.state === 'unknown') {
        const data = { exchange: show(exchange), busy: false, ...viewData(req) };
        respond(req, res, { partial: 'partials/assistant/answer.njk', data, redirect: `${HOME}#answer` });
        return;
      }
      await askAgain(services, actorOf(req), askerOf(req), exchange);
      await reply(req, res, exchange);
    });
}
