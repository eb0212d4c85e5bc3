import { addArticles } from '../../test/support/articles';
import { setFeatures } from '../../test/support/features';
import type { BrowserApp } from './browser-app';
import { onceThere, stopOnceSaid } from './in-browser';
import type { Screen } from './screens-admin';

const HOME = '/dashboard';
const WORDS = 'The money of a show is kept until the show is over, so that every guest can be refunded. ';
const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

/** What the screens below show: short and long, many and few, and each state once. */
export async function fillContent({ db, clock, ids }: BrowserApp): Promise<void> {
  const time = (days: number) => new Date(clock.now().getTime() - days * 86_400_000).toISOString();
  const stamps = (days: number) => ({ created_at: time(days), modified_at: time(days / 2) });
  await addArticles(db, [
    {
      slug: 'everything',
      title: 'Refund an order, and everything else that text can be made of',
      summary: 'Refund single tickets from the order page. The money arrives in three to five working days.',
      body: `${WORDS.repeat(3)}\n\n## Steps\n\n1. Open **Orders**.\n2. Choose *Refund*, see [orders](/dashboard/orders).\n   - or not\n\n## A table\n\n| Role | May |\n|---|---|\n| Owner | do everything, see payouts, invite people |\n| ${LONG_WORD} | look |\n\n### Smaller\n\n> Quoted words.\n\n\`\`\`\na line of code that is rather long and does not fit on a narrow screen at all, so it scrolls\n\`\`\`\n\n---\n\n${LONG_WORD}`,
    },
    ...Array.from({ length: 14 }, (_, index) => ({
      slug: `payouts-${index}`,
      title: index === 0 ? LONG_WORD : `When payouts arrive, part ${index}`,
      summary: WORDS,
      category: ['Money', 'Doors', 'Tickets'][index % 3] ?? 'Money',
    })),
  ]);
  const { id: comedy } = await db('producers_producer').where({ slug: 'arizona-comedy' }).first('id');
  const services: number[] = [];
  for (const [index, name] of ['Posters', 'Newsletters to everybody who came', 'Forecast', 'Door', 'Phone'].entries()) {
    const card = { name, slug: `service-${index}`, icon: 'fa-camera', price: 'From $190', summary: WORDS.slice(0, 80) };
    const [row] = await db('offers_service')
      .insert({ ...card, benefits: 'One\nTwo of them\nThree', is_offered: true, position: index, ...stamps(90) })
      .returning('id');
    services.push(row.id);
  }
  await db('offers_request').insert(
    (['requested', 'contacted', 'active', 'declined'] as const).map((state, index) => ({
      service_id: services[index],
      producer_id: comedy,
      user_id: ids.alice,
      state,
      answer: index === 0 ? '' : 'Mara calls you on Monday between 10 and 11.',
      ...stamps(index + 1),
    })),
  );
  for (let index = 0; index < 23; index++) {
    const [ticket] = await db('support_ticket')
      .insert({
        number: 1_001 + index,
        producer_id: comedy,
        user_id: ids.alice,
        subject: index === 22 ? `${WORDS.slice(0, 100)}` : `Question number ${index}`,
        state: ['open', 'answered', 'closed'][index % 3],
        ...stamps(30 - index),
      })
      .returning('id');
    await db('support_message').insert(
      [ids.alice, ids.sam, ids.alice].map((user_id, turn) => ({
        ticket_id: ticket.id,
        user_id,
        from_staff: turn === 1,
        body: turn === 1 ? `${WORDS.repeat(2)}\n\n${LONG_WORD}` : WORDS,
        created_at: time(20 - turn),
      })),
    );
  }
  await setFeatures(db, 'arizona-comedy', ['knowledgeBaseEnabled', 'aiAgentsEnabled', 'additionalServicesEnabled']);
}

/** Parts without anything in them, for somebody whose producer has them all. */
export const emptyContentScreens: readonly Screen[] = [
  ['content articles empty', `${HOME}/knowledge-base`],
  ['content assistant empty', `${HOME}/ai-assistant`],
  ['content services empty', `${HOME}/services`],
  ['content support empty', `${HOME}/support`],
];

export const contentScreens: readonly Screen[] = [
  ['content articles', `${HOME}/knowledge-base`],
  ['content articles of a category', `${HOME}/knowledge-base?category=money`],
  [
    'content articles found',
    async (page) => {
      await page.goto(`${HOME}/knowledge-base`);
      await page.getByRole('searchbox').fill('refund money');
      await page.getByText('articles about refund money').waitFor();
    },
  ],
  ['content articles nothing found', `${HOME}/knowledge-base?q=zeppelin`],
  [
    'content article',
    async (page) => {
      await page.goto(`${HOME}/knowledge-base/everything`);
      await page.getByRole('button', { name: 'No', exact: true }).click();
      await page.getByText('Thanks for telling us.').waitFor();
    },
  ],
  ['content article short', `${HOME}/knowledge-base/payouts-3`],
  ['content article gone', `${HOME}/knowledge-base/gone`],
  [
    'content assistant stopped',
    async (page) => {
      await page.goto(`${HOME}/ai-assistant`);
      const stopped = stopOnceSaid(page, 'Refund single');
      await page.getByRole('button', { name: 'How do I refund an order?' }).click();
      await stopped;
      await page.getByText('The answer broke off.').waitFor();
    },
  ],
  [
    'content assistant answered',
    async (page) => {
      await page.goto(`${HOME}/ai-assistant`);
      const busy = onceThere(page, '#answer[aria-busy="true"]');
      await page.getByRole('button', { name: 'How do I refund an order?' }).click();
      await busy;
      await page.locator('#answer[aria-busy="false"]').waitFor({ timeout: 20_000 });
    },
  ],
  [
    'content assistant does not know',
    async (page) => {
      await page.goto(`${HOME}/ai-assistant`);
      await page.getByLabel('Your question').fill('Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz?');
      await page.keyboard.press('Control+Enter');
      await page.getByText('I did not find an answer').waitFor();
    },
  ],
  [
    'content assistant with an error',
    async (page) => {
      await page.goto(`${HOME}/ai-assistant`);
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.locator('.ff-error-summary:focus').waitFor();
    },
  ],
  ['content services', `${HOME}/services`],
  [
    'content service with an error',
    async (page) => {
      await page.goto(`${HOME}/services`);
      const card = page.getByRole('article', { name: 'Phone' });
      await card.getByText('Add a note').click();
      await card.getByLabel('Note for Phone').fill('x'.repeat(501));
      await card.getByRole('button', { name: 'Request Phone' }).click();
      await card.getByText('Use at most 500 characters.').waitFor();
    },
  ],
  ['content support', `${HOME}/support`],
  ['content support page', `${HOME}/support?p=2`],
  ['content support nothing', `${HOME}/support?state=closed&p=9`],
  ['content ticket new', `${HOME}/support/new`],
  [
    'content ticket new with errors',
    async (page) => {
      await page.goto(`${HOME}/support/new`);
      await page.getByRole('button', { name: 'Send to support' }).click();
      await page.locator('.ff-error-summary:focus').waitFor();
    },
  ],
  ['content ticket', `${HOME}/support/1023`],
  ['content ticket closed', `${HOME}/support/1003`],
];

const idOf = async ({ db }: BrowserApp, table: string): Promise<number> =>
  (await db(table).orderBy('id').first('id')).id;

/** The same content as staff see it. */
export const contentAdminScreens: readonly Screen[] = [
  ['content admin articles', '/admin/knowledge/article/'],
  [
    'content admin article',
    async (page, app) => page.goto(`/admin/knowledge/article/${await idOf(app, 'knowledge_article')}/change/`),
  ],
  ['content admin categories', '/admin/knowledge/category/'],
  ['content admin feedback', '/admin/knowledge/feedback/'],
  ['content admin questions', '/admin/assistant/question/'],
  ['content admin services', '/admin/offers/service/'],
  ['content admin requests', '/admin/offers/request/'],
  [
    'content admin request',
    async (page, app) => page.goto(`/admin/offers/request/${await idOf(app, 'offers_request')}/change/`),
  ],
  ['content admin tickets', '/admin/support/ticket/'],
  [
    'content admin ticket with an error',
    async (page, app) => {
      await page.goto(`/admin/support/ticket/${await idOf(app, 'support_ticket')}/change/`);
      await page.getByRole('button', { name: 'Send the answer' }).click();
      await page.locator('.ff-error-summary:focus').waitFor();
    },
  ],
  ['content admin messages', '/admin/support/message/'],
];
