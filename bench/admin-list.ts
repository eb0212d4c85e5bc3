import { benchApp, type Dialect, median, report, times } from './support';

const WORDS = ['checkout', 'search', 'billing', 'mobile', 'report', 'export', 'import', 'beta'];
const word = (index: number): string => WORDS[index % WORDS.length] ?? '';

/** The admin's list over 100,000 flags: the whole request, held against the plainest query for the same page of rows. */
export async function adminList(dialect: Dialect): Promise<void> {
  console.log(`\nThe admin's list of 100,000 flags on ${dialect}`);
  const t = await benchApp(dialect);
  const now = t.clock.now().getTime();
  const rows = Array.from({ length: 100_000 }, (_, index) => ({
    name: `${word(index)}_${word(index * 7)}_${index}`,
    note: `Where the ${word(index * 3)} page shows the ${word(index * 5)} panel`,
    everyone: [null, true, false][index % 3],
    percent: index % 4 === 0 ? index % 99 : null,
    staff: index % 2 === 0,
    superusers: index % 5 !== 0,
    created_at: new Date(now - index * 60_000).toISOString(),
    modified_at: new Date(now - index * 1_000).toISOString(),
  }));
  await t.db.batchInsert('teams_flag', rows, 500);
  await t.db.raw('analyze');
  const sam = await t.as('sam');
  const base = median(await times(15, () => t.db('teams_flag').orderBy('name').limit(100)));
  for (const [what, query] of [
    ['first page', ''],
    ['one filter', '?everyone__exact=1'],
    ['searched', '?q=billing'],
    ['searched, two words, and filtered', '?q=billing+panel&everyone__exact=1'],
    ['searched, filtered, sorted, third page', '?q=search&staff__exact=0&o=-4&p=3'],
    ['searched, nothing found', '?q=zzz'],
  ] as const) {
    const url = `/admin/teams/flag/${query}`;
    const taken = median(await times(15, () => sam.get(url).expect(200)));
    const statements = await t.countQueries(() => sam.get(url));
    report(
      `${what} (${statements} statements)`,
      `${taken.toFixed(1)} ms`,
      `${(taken / base).toFixed(1)} × 100 rows by name`,
      'under 60 ms, 6 statements',
    );
  }
  await t.close();
}
