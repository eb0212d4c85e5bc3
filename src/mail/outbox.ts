import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const Letter = z.object({
  to: z.string(),
  from: z.string(),
  subject: z.string(),
  text: z.string(),
  messageId: z.string(),
  date: z.iso.datetime(),
});

/** A message as it would have gone out. */
export type Letter = z.infer<typeof Letter>;

const folderOf = (dataDir: string): string => path.join(dataDir, 'outbox');

/** Puts a message where a developer can read it. */
export async function writeToOutbox(dataDir: string, id: number, letter: Letter): Promise<void> {
  const folder = folderOf(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `${letter.date.replace(/[^\d]/g, '')}-${String(id).padStart(8, '0')}.json`;
  await writeFile(path.join(folder, name), `${JSON.stringify(letter, null, 2)}\n`, { mode: 0o600 });
}

/** The latest messages, the newest first; unreadable files are passed over. */
export async function readOutbox(dataDir: string, limit = 50): Promise<(Letter & { name: string })[]> {
  const names = await readdir(folderOf(dataDir)).catch(() => []);
  const latest = names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse()
    .slice(0, limit);
  const letters = await Promise.all(
    latest.map(async (name) => {
      const content = await readFile(path.join(folderOf(dataDir), name), 'utf8').catch(() => '');
      const letter = Letter.safeParse(parseJson(content));
      return letter.success ? [{ ...letter.data, name: name.replace(/\.json$/, '') }] : [];
    }),
  );
  return letters.flat();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
