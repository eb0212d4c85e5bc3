import { type CommandResult, manage } from '../../test/support/manage';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { findFlag, listSamples, listSwitches } from '../teams';

let app: TestApp;
const run = (words: string): Promise<CommandResult> => manage(words, { services: app.services });
const flag = (name = 'shop') => findFlag(app.db, name);

beforeAll(async () => {
  app = await testApp();
  await app.db('teams_switch').delete(); // those that come with the product
});
afterAll(() => app.close());

/** Runs a command and gives what the audit log got of it. */
async function audited(words: string): Promise<string[]> {
  const count = async () => (await listEntries(app.db, { limit: 1_000 })).length;
  const before = await count();
  await run(words);
  const entries = await listEntries(app.db, { limit: 1_000 });
  return entries
    .slice(0, entries.length - before)
    .map(({ actorType, action, objectLabel }) => `${actorType} ${action} ${objectLabel}`);
}

describe('manage flag', () => {
  it('does not make a flag by accident, and says which one was perhaps meant', async () => {
    await run('flag checkout --create');
    expect(await run('flag chekout --everyone')).toEqual({
      code: 1,
      out: '',
      err: 'There is no flag “chekout”. Did you mean “checkout”? Add --create to make it.\n',
    });
    expect((await run('flag nothing_alike --everyone')).err).toBe(
      'There is no flag “nothing_alike”. Add --create to make it.\n',
    );
  });

  it('makes one when it is asked to', async () => {
    expect(await run('flag shop --create --staff --percent 25')).toEqual({
      code: 0,
      out: 'shop: On for staff and for 25% of everyone else. (New.)\n',
      err: '',
    });
    expect(await flag()).toMatchObject({ staff: true, percent: 25, superusers: false, everyone: null });
  });

  it('shows at once in this process', async () => {
    await run('flag shop --everyone');
    expect(app.services.flags.flagIsActiveFor(undefined, 'shop')).toBe(true);
    await run('flag shop --deactivate');
    expect(app.services.flags.flagIsActiveFor(undefined, 'shop')).toBe(false);
  });

  it('resets what is not given, as waffle does', async () => {
    await run(
      'flag shop --superusers --staff --authenticated --rollout --testing --percent 12.5 --user alice@example.com --group Viewers',
    );
    expect(await flag()).toMatchObject({
      everyone: null,
      percent: 12.5,
      superusers: true,
      rollout: true,
      testing: true,
    });
    expect(await run('flag shop --staff')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^shop: On for staff\. \(Was: /),
    });
    expect(await flag()).toMatchObject({
      everyone: null,
      percent: null,
      superusers: false,
      staff: true,
      authenticated: false,
      rollout: false,
      testing: false,
      userIds: [],
      groups: [],
    });
  });

  it('leaves note and languages alone', async () => {
    await app.db('teams_flag').where({ name: 'shop' }).update({ note: 'keep me', languages: 'de' });
    await run('flag shop --percent 10');
    expect(await flag()).toMatchObject({ note: 'keep me', languages: ['de'], percent: 10, staff: false });
    await app.db('teams_flag').where({ name: 'shop' }).update({ note: '', languages: '' });
  });

  it('keeps what is not given with --keep', async () => {
    await run('flag shop --staff --percent 25 --user alice@example.com --group Viewers');
    await run('flag shop --keep --percent 50');
    expect(await flag()).toMatchObject({
      staff: true,
      percent: 50,
      userIds: [app.ids.alice],
      groups: [{ name: 'Viewers' }],
    });
    await run('flag shop --keep --no-staff --everyone');
    expect(await flag()).toMatchObject({ staff: false, percent: 50, everyone: true });
    await run('flag shop --keep --rules --percent none');
    expect(await flag()).toMatchObject({ everyone: null, percent: null, userIds: [app.ids.alice] });
  });

  it('replaces lists, or adds to them with --append', async () => {
    await run('flag shop --user alice@example.com --group Viewers');
    await run('flag shop --append --user BOB@example.com --user vera@example.com --group "Flag editors"');
    const everybody = [app.ids.alice, app.ids.bob, app.ids.vera];
    expect(await flag()).toMatchObject({ userIds: everybody, groups: [{ name: 'Flag editors' }, { name: 'Viewers' }] });
    await run('flag shop --append --staff');
    expect(await flag()).toMatchObject({ userIds: everybody, staff: true });
    await run('flag shop --keep --user sam@example.com');
    expect(await flag()).toMatchObject({ userIds: [app.ids.sam], staff: true, groups: [{}, {}] });
  });

  it('takes 0 percent for what it is', async () => {
    await run('flag shop --percent 0');
    expect((await flag())?.percent).toBe(0);
  });

  it.each([
    ['flag', 2, 'Name a flag, or show all of them with --list.'],
    ['flag shop --everyone --deactivate', 2, 'Choose one of --everyone, --deactivate and --rules.'],
    ['flag shop --percent many', 2, 'Give a number like 12.5, or none.'],
    ['flag shop --percent 100', 1, 'For everybody, turn it on for everyone instead.'],
    ['flag shop --percent 12.34', 1, 'with at most one decimal place'],
    ['flag shop --user nobody@example.com', 1, 'There is no person “nobody@example.com”. Nothing was changed.'],
    ['flag shop --group Nobodies', 1, 'There is no group “Nobodies”. Nothing was changed.'],
    ['flag "two words" --create', 1, 'cannot be the name of a flag'],
    ['flag shop --what', 2, "unknown option '--what'"],
    ['flag shop extra', 2, 'too many arguments'],
  ])('refuses: %s', async (words, code, reason) => {
    const before = await flag();
    const result = await run(words);
    expect(result).toMatchObject({ code, out: '', err: expect.stringContaining(reason) });
    expect(result.err).not.toContain('    at ');
    expect(await flag()).toEqual(before);
  });

  it('writes each change into the audit log, and nothing when nothing changed', async () => {
    await run('flag shop');
    expect(await audited('flag shop --staff')).toEqual(['command change shop']);
    expect(await audited('flag shop --staff')).toEqual([]);
    expect((await run('flag shop --staff')).out).toBe('shop: On for staff. (As before.)\n');
    const [entry] = await listEntries(app.db, { limit: 1 });
    expect(entry).toMatchObject({ actorId: null, message: 'Was: Off. Now: On for staff.' });
    expect(entry?.actorLabel).toMatch(/^manage flag \(.+\)$/);
  });

  it('lists all flags in words', async () => {
    await run('flag a --create --everyone');
    const { code, out } = await run('flag --list');
    expect(code).toBe(0);
    expect(out).toMatch(/^a {2,}On for everyone\.$/m);
    expect(out).toMatch(/^integration_jira_enabled {2}.*Off\.$/m);
    expect(out.split('\n').filter((line) => line !== '')).toHaveLength(9);
  });
});

describe('manage switch and sample', () => {
  it('make, set and list', async () => {
    expect(await run('switch lights on')).toMatchObject({
      code: 1,
      err: 'There is no switch “lights”. Add --create to make it.\n',
    });
    expect(await run('switch lights on --create')).toEqual({ code: 0, out: 'lights: on (New.)\n', err: '' });
    expect(await run('switch lights off')).toMatchObject({ out: 'lights: off (Was: on)\n' });
    expect(await run('switch lights off')).toMatchObject({ out: 'lights: off (As before.)\n' });
    expect(await run('switch --list')).toMatchObject({ out: 'lights  off\n' });
    expect(await run('sample dice 50 --create')).toEqual({ code: 0, out: 'dice: 50% (New.)\n', err: '' });
    expect(await run('sample dice 0')).toMatchObject({ code: 0, out: 'dice: 0% (Was: 50%)\n' });
    expect(await run('sample dice 0')).toMatchObject({ out: 'dice: 0% (As before.)\n' });
    expect(await run('sample --list')).toMatchObject({ out: 'dice  0%\n' });
    expect(await listSwitches(app.db)).toMatchObject([{ name: 'lights', active: false }]);
    expect(await listSamples(app.db)).toMatchObject([{ name: 'dice', percent: 0 }]);
  });

  it('are audited', async () => {
    expect(await audited('switch lights on')).toEqual(['command change lights']);
    expect(await audited('sample dice 99.9')).toEqual(['command change dice']);
  });

  it.each([
    ['switch', 2, 'Name a switch'],
    ['switch lights', 2, 'Say whether “lights” is to be on or off.'],
    ['switch lights maybe', 2, 'Say whether “lights” is to be on or off.'],
    ['sample', 2, 'Name a sample'],
    ['sample dice', 2, 'Say at which percentage'],
    ['sample dice many', 2, 'Give a number from 0 to 100'],
    ['sample dice 100.1', 1, 'Use a percentage from 0 to 100'],
    ['sample dise 5', 1, 'Did you mean “dice”?'],
  ])('refuse: %s', async (words, code, reason) => {
    expect(await run(words)).toMatchObject({ code, out: '', err: expect.stringContaining(reason) });
  });
});

describe('manage waffle-delete', () => {
  it('deletes what is there, says what is not, and audits', async () => {
    await run('flag old --create');
    const entries = await audited('waffle-delete --flags old --switches lights');
    expect(entries.sort()).toEqual(['command delete lights', 'command delete old']);
    expect(await run('waffle-delete --flags old --samples dice dise')).toEqual({
      code: 0,
      out: 'Deleted the sample dice.\n',
      err: 'There is no flag “old”.\nThere is no sample “dise”.\n',
    });
    expect([await listSwitches(app.db), await listSamples(app.db)]).toEqual([[], []]);
  });

  it('leaves flags alone that the product itself asks for', async () => {
    const result = await run('waffle-delete --flags shop integration_jira_enabled');
    expect(result).toMatchObject({ code: 1, err: expect.stringContaining('is used by the integrations page') });
    expect(await flag()).toBeDefined();
  });

  it('wants to know what to delete', async () => {
    expect(await run('waffle-delete')).toMatchObject({ code: 2 });
    expect(await run('waffle-delete --flags')).toMatchObject({ code: 2 });
  });
});

describe('every command', () => {
  it('explains itself', async () => {
    const { out } = await manage('--help');
    const names = [...out.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
    expect(names).toEqual([
      'check',
      'migrate',
      'rollback',
      'seed',
      'createsuperuser',
      'changepassword',
      'clearsessions',
      'backup',
      'audit-verify',
      'rotate-keys',
      'createproducer',
      'importproducers',
      'flag',
      'enable-flag',
      'disable-flag',
      'flags',
      'switch',
      'sample',
      'waffle-delete',
    ]);
    for (const name of names) {
      const help = await manage(`${name} --help`);
      expect(help).toMatchObject({ code: 0, err: '' });
      expect(help.out).toContain(`Usage: manage ${name}`);
    }
  });

  it('is told apart from what is no command', async () => {
    expect(await manage('swich --list')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean switch?'),
    });
    expect(await manage('')).toMatchObject({ code: 2 });
  });
});
