import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { type TestApp, testApp } from '../../test/support/test-app';
import { inTransaction } from '../db';
import { createMailSender, pauseAfter } from './mail';
import { readOutbox } from './outbox';

interface Received {
  from: string;
  to: string[];
  text: string;
}

/** A real mail server on loopback that keeps what it gets; `behave` decides what it says to each recipient. */
async function startMailServer(behave: (turn: number) => Error | undefined = () => undefined) {
  const received: Received[] = [];
  let turns = 0;
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 200,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) => done(behave(++turns)),
    onData: (stream, { envelope }, done) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    turns: () => turns,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

const smtpError = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });

describe('mail', () => {
  let app: TestApp | undefined;
  const servers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await app?.close();
    app = undefined;
    for (const server of servers.splice(0)) await server.close();
  });

  const mailServer = async (behave?: (turn: number) => Error | undefined) => {
    const server = await startMailServer(behave);
    servers.push(server);
    return server;
  };

  const queue = async (own: TestApp, mail: { to: string; subject: string; text: string }) =>
    inTransaction(own.db, (trx) => own.services.mail.queue(trx, mail));
  const HELLO = {
    to: 'ada@example.com',
    subject: 'Hello',
    text: 'A link: https://flags.example/verify/secret-canary\n',
  };

  it('reaches a real server once, with its own id, and leaves no body behind', async () => {
    const server = await mailServer();
    app = await testApp({ environment: { SMTP_URL: server.url, MAIL_FROM: 'Flags <flags@example.com>' } });
    await queue(app, HELLO);
    await app.services.mail.deliverDue();
    await app.services.mail.deliverDue();
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ from: 'flags@example.com', to: ['ada@example.com'] });
    expect(server.received[0]?.text).toContain('secret-canary');
    expect(server.received[0]?.text).toMatch(/^Message-ID: <.+@example\.com>/m);
    expect(server.received[0]?.text).toMatch(/^Auto-Submitted: auto-generated/m);
    const row = (await app.db('mail_message').first()) as { body: string | null; sent_at: unknown };
    expect(row.body).toBeNull();
    expect(row.sent_at).not.toBeNull();
  });

  it('goes out by itself soon after the change that asked for it', async () => {
    const server = await mailServer();
    app = await testApp({ environment: { SMTP_URL: server.url } });
    await queue(app, HELLO);
    for (let turn = 0; turn < 100 && server.received.length === 0; turn++) await sleep(20);
    expect(server.received).toHaveLength(1);
  });

  it('is not sent when the change is taken back', async () => {
    app = await testApp();
    const failing = inTransaction(app.db, async (trx) => {
      await app?.services.mail.queue(trx, HELLO);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await app.services.mail.deliverDue()).toBe(0);
  });

  it('waits sealed in the database while the server is away, and is sent when it is back', async () => {
    const gone = await startMailServer();
    await gone.close();
    app = await testApp({ environment: { SMTP_URL: gone.url } });
    await queue(app, HELLO);
    expect(await app.services.mail.deliverDue()).toBe(0);
    const row = JSON.stringify(await app.db('mail_message').first());
    expect(row).not.toContain('secret-canary');
    expect(row).toContain('v1.');

    const server = await mailServer();
    const again = await testApp({ environment: { SMTP_URL: server.url }, clock: app.clock });
    try {
      await again.db('mail_message').insert(await app.db('mail_message').first());
      expect(await again.services.mail.deliverDue()).toBe(0); // not yet: the pause is not over
      app.clock.advance(pauseAfter(1) + 1);
      expect(await again.services.mail.deliverDue()).toBe(1);
      expect(server.received[0]?.text).toContain('secret-canary');
    } finally {
      await again.close();
    }
  });

  it('is tried again after growing pauses when the server says "later"', async () => {
    const server = await mailServer((turn) => (turn < 3 ? smtpError(451, 'try later') : undefined));
    app = await testApp({ environment: { SMTP_URL: server.url } });
    await queue(app, HELLO);
    let rounds = 0;
    while (server.received.length === 0 && rounds < 10) {
      await app.services.mail.deliverDue();
      app.clock.advance(pauseAfter(rounds + 1) + 1);
      rounds += 1;
    }
    expect(rounds).toBe(3);
    expect([1, 2, 3, 20].map(pauseAfter)).toEqual([30_000, 60_000, 120_000, 7_200_000]);
  });

  it('is given up, without its body, when the server will never take it', async () => {
    const server = await mailServer(() => smtpError(550, 'no such mailbox'));
    app = await testApp({ environment: { SMTP_URL: server.url } });
    await queue(app, HELLO);
    await app.services.mail.deliverDue();
    app.clock.advance(24 * 3600_000);
    await app.services.mail.deliverDue();
    expect(server.turns()).toBe(1);
    expect(await app.db('mail_message').first()).toMatchObject({ body: null, sent_at: null });
  });

  it('is sent once when two processes look for it at the same moment', async () => {
    const server = await mailServer();
    app = await testApp({ environment: { SMTP_URL: server.url } });
    const own = app;
    const senders = [1, 2].map(() => createMailSender(own.services));
    for (let turn = 0; turn < 25; turn++) await queue(own, { ...HELLO, subject: `Hello ${turn}` });
    await Promise.all(senders.map((sender) => sender.deliverDue()));
    await own.services.mail.deliverDue();
    expect(server.received).toHaveLength(25);
    await Promise.all(senders.map((sender) => sender.stop()));
  });

  it('has one recipient and no header of somebody else’s making', async () => {
    const server = await mailServer();
    app = await testApp({ environment: { SMTP_URL: server.url } });
    await queue(app, { ...HELLO, subject: 'Hello\r\nBcc: eve@example.com\r\n\r\nBody' });
    await queue(app, { ...HELLO, to: 'ada@example.com, eve@example.com' });
    await queue(app, { ...HELLO, to: 'ada@example.com\r\nBcc: eve@example.com' });
    await app.services.mail.deliverDue();
    for (const { to, text } of server.received) {
      expect(to).toHaveLength(1);
      expect(to).not.toContain('eve@example.com');
      expect(text).not.toMatch(/^Bcc:/m);
    }
    expect(server.received[0]?.text).toMatch(/^Subject: Hello Bcc: eve@example\.com Body/m);
  });

  it('goes into files outside production, which a page shows', async () => {
    app = await testApp({ environment: { BASE_URL: 'http://localhost:3000' } });
    await queue(app, { ...HELLO, text: 'Open http://localhost:3000/verify/abc or http://evil.example/x\n<b>' });
    await app.services.mail.deliverDue();
    const [letter] = await readOutbox(app.services.config.dataDir);
    expect(letter).toMatchObject({ to: 'ada@example.com', subject: 'Hello' });
    const list = await app.visitor().get('/dev/outbox/').expect(200);
    expect(list.text).toContain('Hello');
    const page = await app.visitor().get(`/dev/outbox/${letter?.name}`).expect(200);
    expect(page.text).toContain('<a href="/verify/abc">');
    expect(page.text).not.toContain('href="http://evil');
    expect(page.text).toContain('&lt;b&gt;');
    await app.visitor().get('/dev/outbox/..%2F..%2Fsession-secret').expect(404);
  });

  it('is shown to nobody in production or when it is really sent', async () => {
    const production = {
      NODE_ENV: 'production',
      BASE_URL: 'http://localhost:3000',
      HOST: '127.0.0.1',
    };
    app = await testApp({ environment: production });
    await app.visitor().get('/dev/outbox/').set('Host', 'localhost').expect(404);
    expect(app.services.mail.canSend).toBe(false);
    await app.close();
    app = await testApp({ environment: { SMTP_URL: 'smtp://127.0.0.1:9' } });
    await app.visitor().get('/dev/outbox/').expect(404);
  });
});
