import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { up as addMissing } from '../../migrations/20261121001110_add_missing_producer_flags';
import { manage } from '../../test/support/manage';
import { scratchDirectory } from '../../test/support/run-state';
import { type TestApp, testApp } from '../../test/support/test-app';
import { verifyChain } from '../audit';

let t: TestApp;
beforeEach(async () => {
  t = await testApp();
});
afterEach(() => t?.close());

const run = (words: string) => manage(words, { services: t.services });

/** The features of a producer, by its slug: undefined without a row. */
async function flagsOf(slug: string): Promise<boolean[] | undefined> {
  const row = await t
    .db('producers_featureflags as f')
    .join('producers_producer as p', 'p.id', 'f.producer_id')
    .where({ slug })
    .first('f.*');
  return row && [row.knowledge_base_enabled, row.ai_agents_enabled, row.additional_services_enabled].map(Boolean);
}

let files = 0;
async function fileOf(text: string | Uint8Array): Promise<string> {
  const file = path.join(scratchDirectory(), `producers-${process.pid}-${files++}.csv`);
  await writeFile(file, text);
  return file;
}

describe('manage createproducer', () => {
  it('adds a producer with its row of flags, all off, and says who did', async () => {
    const result = await run('createproducer "Mesa Ópera" --contact Hello@Mesa.example');
    expect(result).toMatchObject({ code: 0, out: 'Added Mesa Ópera (mesa-opera). All its features are off.\n' });
    expect(await flagsOf('mesa-opera')).toEqual([false, false, false]);
    expect(await t.db('producers_producer').where({ slug: 'mesa-opera' }).first()).toMatchObject({
      name: 'Mesa Ópera',
      contact_email: 'hello@mesa.example',
    });
    expect(await t.db('audit_entry').orderBy('seq', 'desc').first()).toMatchObject({
      action: 'add',
      actor_type: 'command',
      object_type: 'producers.producer',
      object_label: 'Mesa Ópera',
    });
  });

  it('refuses what the form would refuse, and a slug that is taken', async () => {
    for (const [words, said] of [
      ['createproducer "x" --slug "Not A Slug"', '--slug: Use lower-case letters'],
      ['createproducer "x" --contact nobody', '--contact: Enter an e-mail address'],
      ['createproducer "!!!"', '--slug: Enter a value.'],
      ['createproducer "Arizona Comedy"', 'There is already a producer “arizona-comedy”'],
    ] as const) {
      const { code, err } = await run(words);
      expect({ code, said: err.includes(said) }).toEqual({ code: 1, said: true });
    }
    expect(await t.db('producers_producer')).toHaveLength(2);
  });
});

describe('manage importproducers', () => {
  it('adds all producers of a file, each with its row of flags, all off', async () => {
    const file = await fileOf(
      '\ufeffname,slug,contact_email,is_active,tell_contact\r\n"Blues, and more",blues,hello@blues.example,yes,on\r\nFolk,,,no,\r\n',
    );
    expect(await run(`importproducers ${file}`)).toMatchObject({
      code: 0,
      out: 'Added 2 producers. All their features are off.\n',
    });
    expect([await flagsOf('blues'), await flagsOf('folk')]).toEqual([
      [false, false, false],
      [false, false, false],
    ]);
    const rows = await t.db('producers_producer').whereIn('slug', ['blues', 'folk']).orderBy('slug');
    expect(rows.map((row) => [row.name, Boolean(row.is_active), Boolean(row.tell_contact)])).toEqual([
      ['Blues, and more', true, true],
      ['Folk', false, false],
    ]);
    expect(await t.db('audit_entry').where({ action: 'add', object_type: 'producers.producer' })).toHaveLength(2);
    expect(await verifyChain(t.db)).toEqual([]);
  });

  it('adds nothing when anything is wrong, and says what on which line', async () => {
    const file = await fileOf(
      [
        'name,slug,contact_email',
        'Good,good,',
        ',no-name,',
        'Bad slug,Bad Slug,',
        'Bad mail,bad-mail,nobody',
        'Twice,good,',
        'Taken,arizona-comedy,',
        'Short,short',
      ].join('\n'),
    );
    const { code, err } = await run(`importproducers ${file}`);
    expect(code).toBe(1);
    for (const said of [
      'Line 3, name: Enter a value.',
      'Line 4, slug: Use lower-case letters',
      'Line 5, contact_email: Enter an e-mail address',
      'Line 6, slug: “good” is on line 2 already.',
      'Line 8: 2 values for 3 columns.',
      'Nothing was added: 5 problems.',
    ])
      expect(err).toContain(said);
    expect(await t.db('producers_producer')).toHaveLength(2);
    const taken = await run(`importproducers ${await fileOf('name\nGood\nArizona Comedy')}`);
    expect(taken.err).toContain('Line 3, slug: there is already a producer “arizona-comedy”.');
    expect(await t.db('producers_producer')).toHaveLength(2);
  });

  it.each([
    ['name,ai_agents_enabled\nX,on', 'Line 1: there is no column “ai_agents_enabled”.'],
    ['slug\nx', 'the column “name” is missing'],
    ['name,name\nx,y', 'the column “name” is there twice'],
    ['', 'The file is empty.'],
    ['name\n', 'The file has no producers'],
    ['name\n"x', 'Line 2: a quote is never closed.'],
    [`name\n${'x\n'.repeat(10_001)}`, 'One file may have at most 10000 producers; this has 10001.'],
    [Uint8Array.of(110, 97, 109, 101, 10, 255, 254), 'is not UTF-8 text'],
  ])('refuses a file: %#', async (text, said) => {
    const { code, err } = await run(`importproducers ${await fileOf(text)}`);
    expect({ code, err: err.includes(said) }).toEqual({ code: 1, err: true });
    expect(await t.db('producers_producer')).toHaveLength(2);
  });

  it('says when there is no such file', async () => {
    expect((await run('importproducers /nowhere.csv')).err).toContain('/nowhere.csv cannot be read');
  });

  it('takes as many statements for many as for few', async () => {
    const count = async (from: number, lines: number) => {
      const names = Array.from({ length: lines }, (_, index) => `Producer ${from + index}`);
      const file = await fileOf(`name\n${names.join('\n')}`);
      return t.countQueries(() => run(`importproducers ${file}`), /producers_|audit_/);
    };
    expect(await count(0, 2)).toBe(await count(1_000, 450));
  });
});

describe('the migration that adds missing rows', () => {
  it('gives one to producers that have none, leaves the others alone, and changes nothing the second time', async () => {
    const [jazz, comedy] = await Promise.all(
      ['phoenix-jazz', 'arizona-comedy'].map((slug) => t.db('producers_producer').where({ slug }).first('id')),
    );
    await t.db('producers_featureflags').where({ producer_id: jazz.id }).delete();
    await t.db('producers_featureflags').where({ producer_id: comedy.id }).update({ ai_agents_enabled: true });
    const kept = await t.db('producers_featureflags').where({ producer_id: comedy.id }).first();
    await addMissing(t.db);
    expect(await flagsOf('phoenix-jazz')).toEqual([false, false, false]);
    expect(await t.db('producers_featureflags').where({ producer_id: comedy.id }).first()).toEqual(kept);
    const once = await t.db('producers_featureflags').orderBy('id');
    await addMissing(t.db);
    expect(await t.db('producers_featureflags').orderBy('id')).toEqual(once);
  });
});
