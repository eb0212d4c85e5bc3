import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { addArticles } from '../test/support/articles';
import { setFeatures } from '../test/support/features';
import { until } from '../test/support/until';
import { inBrowser, onceThere, stopOnceSaid } from './support/in-browser';
import { focusIsLost } from './support/page-checks';

const browser = inBrowser();
const HOME = '/dashboard';

const main = (page: Page) => page.getByRole('main');
const press = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name, exact: true }).click();
const table = (name: string) => browser().db(name).orderBy('id');

/** A line to the application that is cut, once, when `last` has come through. */
async function lineTo(target: number, last: string): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  let state: 'whole' | 'to be cut' | 'was cut' = 'whole';
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => undefined).on('close', () => sockets.delete(each));
    }
    socket.pipe(onward);
    onward.on('end', () => socket.end());
    onward.on('data', (piece) => {
      if (state === 'to be cut') {
        state = 'was cut';
        return cut();
      }
      if (state === 'whole' && piece.includes(last)) state = 'to be cut';
      socket.write(piece);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      cut();
      server.close();
    },
  };
}

const LONG = Array.from({ length: 12 }, (_, index) => `Sentence ${index} about the refund of an order.`).join(' ');

beforeAll(async () => {
  const { db, clock } = browser();
  await setFeatures(db, 'arizona-comedy', ['knowledgeBaseEnabled', 'aiAgentsEnabled', 'additionalServicesEnabled']);
  await addArticles(db, [
    {
      slug: 'refund',
      title: 'Refund an order',
      summary: 'Refund single tickets from the order page.',
      body: `## Refund tickets\n\n1. Open **Orders**.\n2. Choose Refund.\n\n## More\n\n${LONG}`,
    },
    { slug: 'payouts', title: 'When payouts arrive', summary: 'On the third working day.', category: 'Money' },
  ]);
  const time = clock.now().toISOString();
  const card = {
    icon: 'fa-camera',
    price: '$10',
    benefits: 'One\nTwo',
    is_offered: true,
    created_at: time,
    modified_at: time,
  };
  await db('offers_service').insert(
    ['Posters', 'Pictures'].map((name) => ({ ...card, name, slug: name.toLowerCase() })),
  );
});

describe('the knowledge base', () => {
  it('searches while one types, and the address says what for', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto(`${HOME}/knowledge-base`);
    await page.keyboard.press('/');
    await page.keyboard.type('payou');
    await main(page).getByText('1 article about payou').waitFor();
    expect(await main(page).getByRole('link', { name: 'Refund an order' }).count()).toBe(0);
    expect(new URL(page.url()).search).toContain('q=payou');
    expect(await page.getByRole('searchbox').evaluate((input) => input === document.activeElement)).toBe(true);
    await page.getByRole('searchbox').fill('zeppelin');
    await main(page).getByText('Nothing found').waitFor();
    await page.goBack();
    await main(page).getByText('1 article about payou').waitFor();
    await main(page).getByRole('link', { name: 'When payouts arrive' }).click();
    await page.getByRole('heading', { level: 1, name: 'When payouts arrive' }).waitFor();
  });

  it.each([true, false])('is read and said to be helpful or not, JavaScript %s', async (javaScript) => {
    await browser().db('knowledge_feedback').delete();
    const page = await browser().open({ as: 'alice', javaScript });
    await page.goto(`${HOME}/knowledge-base?q=refund`);
    await main(page).getByRole('link', { name: 'Refund an order' }).click();
    await main(page).getByRole('link', { name: 'More', exact: true }).click();
    expect(page.url()).toContain('#section-more');
    await press(page, 'Yes');
    await main(page).getByText('Thanks for telling us.').waitFor();
    if (javaScript) expect(await focusIsLost(page)).toBe(false);
    await press(page, 'It did not help after all');
    await main(page).getByText('You said that it did not help').waitFor();
    const [only, ...more] = await table('knowledge_feedback');
    expect([Boolean(only.is_helpful), more]).toEqual([false, []]);
    await page.reload();
    await main(page).getByText('Thanks for telling us.').waitFor();
  });

  it('helps to find another article when one is gone', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto(`${HOME}/knowledge-base/long-gone`);
    await page.getByRole('heading', { name: 'This article is gone' }).waitFor();
    await page.getByRole('searchbox').fill('refund');
    await page.keyboard.press('Enter');
    await main(page).getByText('1 article about refund').waitFor();
  });
});

describe('the assistant', () => {
  beforeEach(() => browser().db('assistant_question').delete());
  const answer = (page: Page) => page.locator('#answer');
  const complete = (page: Page) => page.locator('#answer[aria-busy="false"]').waitFor({ timeout: 15_000 });
  const BUSY = '#answer[aria-busy="true"]';

  it('answers as a stream, with sources, asked by keyboard', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto(`${HOME}/ai-assistant`);
    await page.getByLabel('Your question').fill('How do I refund an order?');
    const busy = onceThere(page, BUSY);
    await page.keyboard.press('Control+Enter');
    await busy;
    expect(await page.getByLabel('Your question').inputValue()).toBe('');
    await page.getByLabel('Your question').pressSequentially('The next one');
    await complete(page);
    await answer(page).getByText('Refund single tickets from the order page.').waitFor();
    expect(await page.getByLabel('Your question').inputValue()).toBe('The next one');
    expect(await answer(page).getByRole('button').count()).toBe(0);
    await answer(page).getByRole('link', { name: 'Refund an order' }).click();
    await page.getByRole('heading', { level: 1, name: 'Refund an order' }).waitFor();
  });

  it('is stopped, keeps what there was, and is asked again', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto(`${HOME}/ai-assistant`);
    const stopped = stopOnceSaid(page, 'Refund single');
    await press(page, 'How do I refund an order?');
    await stopped;
    await answer(page).getByText('The answer broke off.').waitFor();
    expect(await answer(page).getAttribute('aria-busy')).toBe('false');
    expect(await focusIsLost(page)).toBe(false);
    await until('what was answered is kept', async () => (await table('assistant_question'))[0]?.state === 'cut');
    const busy = onceThere(page, BUSY);
    await press(page, 'Retry');
    await busy;
    await complete(page);
    expect(await answer(page).getByText('The answer broke off.').count()).toBe(0);
    const rows = await table('assistant_question');
    expect(rows.map(({ state }) => state)).toEqual(['complete']);
    await page.reload();
    await answer(page).getByText('Refund single tickets from the order page.').waitFor();
  });

  it('takes the next question while it answers, and keeps both', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto(`${HOME}/ai-assistant`);
    await press(page, 'How do I refund an order?');
    await answer(page).getByText('Refund single').waitFor();
    await page.getByLabel('Your question').fill('When do payouts arrive?');
    await press(page, 'Ask');
    await answer(page).getByText('On the third working day.').waitFor();
    await complete(page);
    await page.locator('#transcript').getByText('How do I refund an order?').waitFor();
    const rows = await table('assistant_question');
    expect(rows.map(({ question }) => question)).toEqual(['How do I refund an order?', 'When do payouts arrive?']);
  });

  it('says that it does not know, and what to do', async () => {
    const page = await browser().open({ as: 'alice' });
    await page.goto(`${HOME}/ai-assistant`);
    await page.getByLabel('Your question').fill('x');
    await press(page, 'Ask');
    await page.locator('.ff-error-summary:focus').getByText('Write a question.').waitFor();
    await page.getByLabel('Your question').fill('What is the capital of France?');
    await press(page, 'Ask');
    await answer(page).getByText('I did not find an answer').waitFor();
    await answer(page).getByRole('link', { name: 'Write to support' }).click();
    expect(await page.getByLabel('What is it about?').inputValue()).toBe('What is the capital of France?');
  });

  it('answers with the page without JavaScript', async () => {
    const page = await browser().open({ as: 'alice', javaScript: false });
    await page.goto(`${HOME}/ai-assistant`);
    await press(page, 'How do I refund an order?');
    await answer(page).getByText('Refund single tickets from the order page.').waitFor();
    await page.getByLabel('Your question').fill('Zeppelins?');
    await press(page, 'Ask');
    await answer(page).getByText('I did not find an answer').waitFor();
    await page.getByText('Asked before').waitFor();
  });

  it('keeps a part of the answer when the line breaks, and offers to ask again', async () => {
    const app = browser();
    const line = await lineTo(Number(new URL(app.origin).port), 'Refund single');
    const page = await app.open({ as: 'alice' });
    await page.goto(`http://127.0.0.1:${line.port}${HOME}/ai-assistant`);
    await press(page, 'How do I refund an order?');
    await answer(page).getByText('The answer broke off.').waitFor();
    await answer(page).getByText('Refund single').waitFor();
    expect(await answer(page).getAttribute('aria-busy')).toBe('false');
    const busy = onceThere(page, BUSY);
    await press(page, 'Retry');
    await busy;
    await complete(page);
    expect(await answer(page).getByRole('button').count()).toBe(0);
    expect((await table('assistant_question')).map(({ state }) => state)).toEqual(['complete']);
    await page.context().close();
    line.close();
    // The page came over another port, and one request of it was cut on purpose.
    expect(
      app.problems
        .splice(0)
        .filter(
          (each) => !/request to http:|ERR_CONNECTION|ERR_INCOMPLETE|ERR_NETWORK|sse:error: network error/.test(each),
        ),
    ).toEqual([]);
  });
});

describe.each([true, false])('additional services and support, JavaScript %s', (javaScript) => {
  it('asks for a service and says where it stands', async () => {
    const name = javaScript ? 'Posters' : 'Pictures';
    const page = await browser().open({ as: 'alice', javaScript });
    await page.goto(`${HOME}/services`);
    const card = main(page).getByRole('article', { name });
    await card.getByText('Add a note').click();
    await card.getByLabel(`Note for ${name}`).fill('x'.repeat(501));
    await card.getByRole('button', { name: `Request ${name}` }).click();
    await card.getByText('Use at most 500 characters.').waitFor();
    expect(await card.getByLabel(`Note for ${name}`).inputValue()).toHaveLength(501);
    await card.getByLabel(`Note for ${name}`).fill('Before May');
    await card.getByRole('button', { name: `Request ${name}` }).click();
    await card.getByText('Requested', { exact: true }).waitFor();
    await page.getByText(`Your request for ${name} is with us.`).waitFor();
    if (javaScript) expect(await focusIsLost(page)).toBe(false);
    expect((await table('offers_request')).at(-1)).toMatchObject({ note: 'Before May', state: 'requested' });
  });

  it('opens a ticket, which staff answer and the producer goes on with', async () => {
    const subject = `Seats ${javaScript}`;
    const page = await browser().open({ as: 'alice', javaScript });
    await page.goto(`${HOME}/support`);
    await main(page).getByRole('link', { name: 'New ticket' }).click();
    await page.getByLabel('Message').fill('Which ones?');
    await press(page, 'Send to support');
    await page.locator('.ff-error-summary:focus').getByText('Say in a few words').waitFor();
    expect(await page.getByLabel('Message').inputValue()).toBe('Which ones?');
    await page.getByLabel('What is it about?').fill(subject);
    await press(page, 'Send to support');
    await page.getByRole('heading', { level: 1, name: subject }).waitFor();
    await page.getByText(/Ticket #\d+ is with us/).waitFor();
    const ticket = (await table('support_ticket')).at(-1);

    const staff = await browser().open({ as: 'sam', javaScript });
    await staff.goto(`/admin/support/ticket/${ticket.id}/change/`);
    await press(staff, 'Send the answer');
    await staff.locator('.ff-error-summary:focus').getByText('Write a message.').waitFor();
    await staff.getByLabel('Your answer').fill('Those in row 4.');
    await press(staff, 'Send the answer');
    await staff.getByText(`Ticket #${ticket.number} is answered.`).waitFor();

    await page.reload();
    await main(page).getByText('Those in row 4.').waitFor();
    await main(page).getByText('Answered', { exact: true }).waitFor();
    await page.getByLabel('Your reply').fill('Thank you.');
    await press(page, 'Send reply');
    await main(page).getByText('Thank you.').waitFor();
    await main(page).getByText('Waits for us').waitFor();
    expect(await page.getByLabel('Your reply').inputValue()).toBe('');
    await press(page, 'Close the ticket, it is solved');
    await main(page).getByText('Closed', { exact: true }).waitFor();
    if (javaScript) expect(await focusIsLost(page)).toBe(false);
    expect(await browser().db('support_message').where({ ticket_id: ticket.id })).toHaveLength(3);
  });
});
