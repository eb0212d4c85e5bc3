import type { Database } from '../db';
import type { AnyModel, Field } from '../model';
import type { Body, ParsedForm } from './form';
import { findExactly, readTitles } from './queries-names';
import type { AdminSite } from './site';

/** Where the texts are, and where to look them up. */
interface Typing {
  db: Database;
  site: AdminSite;
  body: Body;
}

/** A form, or one row of an inline, with what its names begin with. */
interface Entry {
  prefix: string;
  form: ParsedForm;
}

const isId = (text: string): boolean => /^[1-9]\d{0,8}$/.test(text);

const textOf = ({ body }: Typing, name: string): string | undefined => {
  const value = body[name];
  return Array.isArray(value) ? value.at(-1) : value;
};

/** The one object with this title, or why it cannot be told. */
async function findOne(db: Database, model: AnyModel, text: string): Promise<number | { error: string }> {
  const [id, another] = await findExactly(db, model, text);
  if (id === undefined) return { error: `There is no ${model.noun} called “${text}”.` };
  return another === undefined ? id : { error: `“${text}” fits more than one. Write it out.` };
}

/** What stands in the box counts: a picked choice only while its title still stands there. */
async function resolveOne(
  typing: Typing,
  field: Field,
  titles: ReadonlyMap<number, string>,
  name: string,
  { prefix, form }: Entry,
): Promise<void> {
  const text = textOf(typing, `${prefix + name}__text`)?.trim();
  if (text === undefined || titles.get(Number(textOf(typing, prefix + name)))?.trim() === text) return;
  delete form.errors[name];
  if (text === '') {
    const emptied = field.schema.safeParse('');
    if (emptied.success) form.values[name] = emptied.data;
    else form.errors[name] = emptied.error.issues.map((issue) => issue.message);
    return;
  }
  const found = await findOne(typing.db, typing.site.model(field.to ?? ''), text);
  if (typeof found === 'number') form.values[name] = found;
  else form.errors[name] = [found.error];
}

/** Adds what was picked, or written out with commas between, to the chosen ones. */
async function addMany(typing: Typing, field: Field, name: string, { prefix, form }: Entry): Promise<void> {
  if (form.errors[name] !== undefined) return;
  const model = typing.site.model(field.to ?? '');
  const picked = textOf(typing, `${prefix + name}__add`) ?? '';
  const text = textOf(typing, `${prefix + name}__add__text`)?.trim() ?? '';
  const added: number[] = isId(picked) ? [Number(picked)] : [];
  if (added.length === 0 && text !== '') {
    const whole = await findOne(typing.db, model, text);
    const parts = typeof whole === 'number' ? [] : text.split(',').map((part) => part.trim());
    if (typeof whole === 'number') added.push(whole);
    for (const part of parts.filter((each) => each !== '').slice(0, 100)) {
      const found = await findOne(typing.db, model, part);
      if (typeof found === 'object') {
        form.errors[name] = [found.error];
        return;
      }
      added.push(found);
    }
  }
  const chosen = form.values[name] as number[];
  form.values[name] = [...new Set([...chosen, ...added])].sort((a, b) => a - b);
}

/**
 * Reads choices that were written out rather than picked from a list, as people do without JavaScript: each is found by
 * its exact title. The values or the errors of the entries are set accordingly.
 */
export async function resolveTyped(
  typing: Typing,
  fields: readonly [string, Field][],
  entries: readonly Entry[],
): Promise<void> {
  for (const [name, field] of fields) {
    if (field.to === undefined) continue;
    if (field.kind === 'manyToMany') {
      for (const entry of entries) await addMany(typing, field, name, entry);
      continue;
    }
    const typed = entries.filter(({ prefix }) => textOf(typing, `${prefix + name}__text`) !== undefined);
    const picked = typed.map(({ prefix }) => textOf(typing, prefix + name) ?? '').filter(isId);
    const titles = await readTitles(typing.db, typing.site.model(field.to), picked.map(Number));
    for (const entry of typed) await resolveOne(typing, field, titles, name, entry);
  }
}
