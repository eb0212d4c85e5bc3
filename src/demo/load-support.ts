import { toDbTime } from '../db';
import { daysBefore, type Load, stamps } from './load';
import type { LoadedProducer } from './load-producers';
import { insertRow, insertRows } from './queries';

interface Said {
  readonly daysAgo: number;
  readonly ours?: boolean;
  readonly text: string;
}

const TICKETS: readonly { readonly subject: string; readonly state: string; readonly said: readonly Said[] }[] = [
  {
    subject: 'Statement for September is missing a show',
    state: 'closed',
    said: [
      { daysAgo: 47, text: 'The late show of 27 September is not in the statement for September. Can you look?' },
      {
        daysAgo: 46,
        ours: true,
        text: 'It ended after midnight, so it stands in the statement for October.\n\nWe have added a line to the one for September that says so.',
      },
      { daysAgo: 46, text: 'Thank you, that is clear now.' },
    ],
  },
  {
    subject: 'Seating plan for the new room',
    state: 'answered',
    said: [
      {
        daysAgo: 5,
        text: 'From January we play in the room upstairs: 9 rows of 14, with two wheelchair places at the end of the first row. Do you need a drawing?',
      },
      {
        daysAgo: 4,
        ours: true,
        text: 'A photograph of the printed plan is enough for us to begin. Which side is the door on?\n\nWe need three working days, and you see the plan before anybody can buy.',
      },
    ],
  },
  {
    subject: 'Guests ask for receipts with their company name',
    state: 'open',
    said: [
      {
        daysAgo: 0.4,
        text: 'Two companies bought for the Friday show and ask for receipts with their name and address. Where do I enter that?',
      },
    ],
  },
];

/** Tickets of the first producer, and what was answered. */
export async function loadSupport({ trx, now, ids }: Load, producers: readonly LoadedProducer[]): Promise<void> {
  const producer = producers[0];
  if (producer === undefined) return;
  for (const [index, { subject, state, said }] of TICKETS.entries()) {
    const ticketId = await insertRow(trx, 'support_ticket', {
      number: 1_001 + index,
      producer_id: producer.id,
      user_id: ids.get('producer@example.com'),
      subject,
      state,
      ...stamps(daysBefore(now, said[0]?.daysAgo ?? 1), daysBefore(now, said.at(-1)?.daysAgo ?? 1)),
    });
    const messages = said.map(({ daysAgo, ours = false, text }) => ({
      ticket_id: ticketId,
      user_id: ids.get(ours ? 'staff@example.com' : 'producer@example.com'),
      from_staff: ours,
      body: text,
      created_at: toDbTime(daysBefore(now, daysAgo)),
    }));
    await insertRows(trx, 'support_message', messages);
  }
}
