import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { afterCommit, type Database, inTransaction, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { type SealedColumn, seal, unseal } from '../lib/seal';
import { claimDueMail, deleteOldMail, insertMails, markFailed, markSent, type QueuedMail } from './queries';
import { createMailTransport, isRefusedForGood } from './transport';

/** A message to one person, in plain text. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface MailSender {
  /** Whether mail can leave at all: SMTP is configured, or this is not production and there is an outbox. */
  readonly canSend: boolean;
  /** Keeps a message until it is delivered; part of the transaction that is the reason for it. */
  queue(trx: Transaction, mail: Mail): Promise<void>;
  /** The same for many messages, in few statements. */
  queueAll(trx: Transaction, mails: readonly Mail[]): Promise<void>;
  /** Sends what is due now; returns how many messages left. */
  deliverDue(): Promise<number>;
  start(): void;
  /** Waits for the message that is on its way, then ends. */
  stop(): Promise<void>;
}

const POLL_MS = 10_000;
const LEASE_MS = 2 * 60_000;
const BATCH = 10;
const MOST_ATTEMPTS = 12;
const KEPT_DAYS = 30;
/** Old messages are looked for about once an hour. */
const CLEAN_EVERY = 360;

/** 30 s, 1 min, 2 min … at most 2 h: the twelfth try comes about ten hours after the first. */
export const pauseAfter = (attempts: number): number => Math.min(2 * 3600_000, 15_000 * 2 ** attempts);

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const place = (messageId: string): string => `mail_message.body:${messageId}`;

/** What of this feature is sealed, for `manage rotate-keys`. */
export const sealedColumns: readonly SealedColumn[] = Object.freeze([
  {
    table: 'mail_message',
    column: 'body',
    placedBy: ['message_id'],
    place: ({ message_id }: Readonly<Record<string, unknown>>) => place(String(message_id)),
  },
]);

interface Parts {
  config: Config;
  db: Database;
  clock: Clock;
  log: Logger;
}

/**
 * Mail that is kept in the database until it is delivered and sent from the background, so that a slow or absent mail
 * server neither delays a page nor loses a message. Bodies are sealed while they wait and removed once sent.
 */
export function createMailSender({ config, db, clock, log }: Parts): MailSender {
  const transport = createMailTransport(config);
  const domain = /@([\w.-]+)/.exec(config.mailFrom)?.[1] ?? 'localhost';
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve(0);
  let background = Promise.resolve();
  let inLine = false;
  let polls = 0;
  let stopped = false;

  async function deliver(mail: QueuedMail): Promise<boolean> {
    const text = unseal(config.encryptionKeys, place(mail.messageId), mail.body);
    if (text === undefined) {
      await markFailed(db, mail.id, 'the key that sealed it is gone', undefined, clock.now());
      return false;
    }
    const { id, recipient, subject, messageId, createdAt } = mail;
    try {
      const letter = { to: recipient, from: config.mailFrom, subject, text, messageId, date: createdAt.toISOString() };
      await transport?.send(id, letter);
      await markSent(db, id, clock.now());
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      const over = isRefusedForGood(error) || mail.attempts >= MOST_ATTEMPTS;
      const next = over ? undefined : new Date(clock.now().getTime() + pauseAfter(mail.attempts));
      log.warn({ mail: id, attempts: mail.attempts, reason, next }, 'a message could not be delivered');
      await markFailed(db, id, reason, next, clock.now());
      return false;
    }
  }

  async function deliverAll(): Promise<number> {
    if (transport === undefined) return 0;
    let sent = 0;
    while (!stopped) {
      const now = clock.now();
      const due = await inTransaction(db, (trx) => claimDueMail(trx, now, new Date(now.getTime() + LEASE_MS), BATCH));
      for (const mail of due) sent += Number(await deliver(mail));
      if (due.length < BATCH) break;
    }
    return sent;
  }

  function deliverDue(): Promise<number> {
    running = running.catch(() => 0).then(deliverAll);
    return running;
  }

  async function lookAfter(): Promise<void> {
    try {
      await deliverDue();
      if (!stopped && polls++ % CLEAN_EVERY === 0) {
        await deleteOldMail(db, new Date(clock.now().getTime() - KEPT_DAYS * 24 * 3600_000));
      }
    } catch (error) {
      log.warn({ err: error }, 'mail could not be looked after');
    }
  }

  /** One round at a time and at most one more in line, however many messages are queued meanwhile. */
  function wake(): void {
    if (stopped || inLine) return;
    inLine = true;
    background = background.then(() => {
      inLine = false;
      return lookAfter();
    });
  }

  async function queueAll(trx: Transaction, mails: readonly Mail[]): Promise<void> {
    if (mails.length === 0) return;
    const sealed = mails.map(({ to, subject, text }) => {
      const messageId = `<${randomUUID()}@${domain}>`;
      const body = seal(config.encryptionKeys, place(messageId), text);
      return { recipient: to, subject: oneLine(subject).slice(0, 200), body, messageId };
    });
    await insertMails(trx, sealed, clock.now());
    afterCommit(trx, () => {
      if (timer !== undefined) setImmediate(wake);
    });
  }

  return {
    canSend: transport !== undefined,
    queue: (trx, message) => queueAll(trx, [message]),
    queueAll,
    deliverDue,
    start: () => {
      timer ??= setInterval(wake, POLL_MS).unref();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      stopped = true;
      await background;
      await running.catch(() => 0);
      transport?.close();
    },
  };
}
