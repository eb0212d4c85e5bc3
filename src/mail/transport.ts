import { createTransport } from 'nodemailer';
import type { Config } from '../config';
import { type Letter, writeToOutbox } from './outbox';

/** Takes a message away, or throws. */
export interface Transport {
  send(id: number, letter: Letter): Promise<void>;
  close(): void;
}

const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/** SMTP when it is configured; else, outside production, files that a developer reads; else none: mail waits. */
export function createMailTransport(config: Config): Transport | undefined {
  if (config.smtpUrl !== undefined) return smtp(config.smtpUrl);
  if (config.env === 'production') return undefined;
  return { send: (id, letter) => writeToOutbox(config.dataDir, id, letter), close: () => undefined };
}

function smtp(url: string): Transport {
  const transporter = createTransport(
    { url, pool: true, maxConnections: 2, ...TIMEOUTS },
    // Texts are ours and have no attachments: nothing in a message may make the server read files or addresses.
    { disableFileAccess: true, disableUrlAccess: true },
  );
  return {
    send: async (_id, { to, from, subject, text, messageId, date }) => {
      await transporter.sendMail({
        to: { name: '', address: to }, // an object is one recipient; text would be parsed as a list
        from,
        subject,
        text,
        messageId,
        date: new Date(date),
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => transporter.close(),
  };
}

/** Whether the server said that this message will never be taken, so that trying again is useless. */
export function isRefusedForGood(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('responseCode' in error)) return false;
  return ['EENVELOPE', 'EMESSAGE'].includes(String(error.code)) && Number(error.responseCode) >= 500;
}
