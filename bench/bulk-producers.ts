import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Visitor } from '../test/support/test-app';
import { benchApp, type Dialect, median, report, times } from './support';

const COUNT = 100_000;
const LIST = '/admin/producers/producer/';
const KINDS = ['Comedy', 'Jazz', 'Opera', 'Ballet', 'Folk', 'Magic', 'Circus', 'Dance'];

/** An act as the browser asks for it, with the request to take it back: what it took, and how far it said it had come. */
async function act(visitor: Visitor, url: string, fields: Record<string, string>) {
  const [start, processor] = [performance.now(), process.cpuUsage()];
  const { status, headers, text } = await visitor.htmxPost(url, fields);
  const taken = performance.now() - start;
  const { user, system } = process.cpuUsage(processor);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${text.slice(0, 200)}`);
  const reports = text.split('\n\n').filter((part) => part.includes('<progress')).length;
  const to = headers['hx-redirect'] ?? /event: ff-go\ndata: (.+)/.exec(text)?.[1] ?? '';
  const page = (await visitor.get(to)).text;
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? '';
  return { taken, reports, request, busy: (user + system) / 1e6 };
}

/** An action over 100,000 producers and its Undo, and the list that it begins in. */
export async function bulkProducers(dialect: Dialect): Promise<void> {
  console.log(`\n${COUNT.toLocaleString('en')} producers on ${dialect}`);
  const t = await benchApp(dialect);
  const time = t.clock.now().toISOString();
  const stamps = { created_at: time, modified_at: time };
  const rows = Array.from({ length: COUNT }, (_, index) => ({
    name: `${KINDS[index % KINDS.length]} of ${KINDS[(index * 5) % KINDS.length]} ${index}`,
    slug: `producer-${index}`,
    contact_email: `hello-${index}@example.com`,
    ...stamps,
  }));
  await t.db.batchInsert('producers_producer', rows, 500);
  await t.db.raw(
    `insert into producers_featureflags (producer_id, knowledge_base_enabled, created_at, modified_at)
     select id, id % 3 = 0, ?, ? from producers_producer p
     where not exists (select 1 from producers_featureflags f where f.producer_id = p.id)`,
    [time, time],
  );
  await t.db.raw('analyze');
  const sam = await t.as('sam');
  const base = median(await times(15, () => t.db('producers_producer').orderBy('name').limit(100)));
  for (const [what, query] of [
    ['list, first page', ''],
    ['list, filtered by a feature', '?knowledge_base_enabled__exact=1'],
    ['list, filtered and searched', '?q=jazz&knowledge_base_enabled__exact=1'],
    ['list, filtered and searched for one', '?q=hello-77777&knowledge_base_enabled__exact=0'],
  ] as const) {
    const taken = median(await times(15, () => sam.get(LIST + query).expect(200)));
    const against = `${(taken / base).toFixed(1)} × 100 rows by name`;
    report(what, `${taken.toFixed(1)} ms`, against, 'under 60 ms');
  }
  const delay = monitorEventLoopDelay({ resolution: 5 });
  for (const name of ['enable_ai_agents', 'disable_all_features']) {
    delay.reset();
    delay.enable();
    let done = await act(sam, `${LIST}action/`, { _action: name, _across: '1' });
    const said = ({ reports, busy }: { reports: number; busy: number }) =>
      `${busy.toFixed(2)} s busy, ${reports} reports, ${(delay.max / 1e6).toFixed(0)} ms`;
    report(name, `${(done.taken / 1_000).toFixed(2)} s`, said(done), 'under 3 s');
    delay.reset();
    const { request } = done;
    done = await act(sam, '/admin/producers/featureflags/undo/', { request, _list: 'producers.producer' });
    report(`${name}, Undo`, `${(done.taken / 1_000).toFixed(2)} s`, said(done), 'under 3 s');
    delay.disable();
  }
  await t.close();
}
