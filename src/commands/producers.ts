import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { slugify } from '../lib/slug';
import { createProducer, ImportError, importProducers, Producer } from '../producers';
import { formatCount } from '../web/filters';
import { type CommandContext, CommandError, commandActor } from './context';

/** Larger files are not read at all. */
const MOST_BYTES = 10 * 1024 * 1024;
/** So many problems of a file are said one by one. */
const MOST_PROBLEMS = 50;

/** A value as the field of the admin's form reads it; throws with the sentence that the form would show. */
function checked(name: 'name' | 'slug' | 'contact_email', option: string, text: string): string {
  const result = Producer.fields[name].schema.safeParse(text);
  if (result.success) return result.data;
  throw new CommandError(
    `${option}: ${result.error.issues.map(({ message }) => message).join(' ')} Nothing was added.`,
  );
}

/** `createproducer`: adds a customer account, with all features off. */
export function addCreateProducerCommand(program: Command, context: CommandContext): void {
  program
    .command('createproducer')
    .summary('add a producer')
    .description('Adds a producer with all features off.')
    .argument('<name>', 'how it is called')
    .option('--slug <slug>', 'its name in addresses; made from the name unless given')
    .option('--contact <address>', 'the e-mail address of its contact', '')
    .action(async (given: string, options: { slug?: string; contact: string }) => {
      const name = checked('name', 'name', given);
      const slug = checked('slug', '--slug', options.slug ?? slugify(name, 60));
      const contactEmail = checked('contact_email', '--contact', options.contact);
      const services = context.services();
      await createProducer(services, commandActor('createproducer'), { name, slug, contactEmail });
      context.say(`Added ${name} (${slug}). All its features are off.`);
    });
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new CommandError(`${file} is larger than 10 MB. Nothing was added.`);
    const bytes = await readFile(file);
    if (!isUtf8(bytes)) throw new CommandError(`${file} is not UTF-8 text. Nothing was added.`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `importproducers`: adds the producers of a CSV file, all of them or none. */
export function addImportProducersCommand(program: Command, context: CommandContext): void {
  program
    .command('importproducers')
    .summary('add the producers of a CSV file')
    .description(
      'Adds the producers of a CSV file with all features off: all of them, or none when something is wrong. Its first line names the columns: name, and any of slug, contact_email, is_active, tell_contact.',
    )
    .argument('<file>', 'the file, in UTF-8')
    .action(async (file: string) => {
      const text = await readText(file);
      try {
        const added = await importProducers(context.services(), commandActor('importproducers'), text);
        context.say(`Added ${formatCount(added, Producer.noun, Producer.nounPlural)}. All their features are off.`);
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        const { problems } = error;
        for (const problem of problems.slice(0, MOST_PROBLEMS)) context.note(problem);
        const more = problems.length > MOST_PROBLEMS ? ` (${problems.length - MOST_PROBLEMS} more)` : '';
        throw new CommandError(`Nothing was added: ${formatCount(problems.length, 'problem')}${more}.`);
      }
    });
}
