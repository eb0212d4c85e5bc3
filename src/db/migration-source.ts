import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';

/** An object rather than the bare name, because Knex's command line prints `file` of what is pending. */
interface MigrationFile {
  file: string;
}

/**
 * Migrations from a folder, stored under their names without extension: run as `.ts` by the tools and as `.js` from the
 * build, they are the same migration.
 */
export class FileMigrationSource implements Knex.MigrationSource<MigrationFile> {
  constructor(private readonly directory: string) {}

  async getMigrations(): Promise<MigrationFile[]> {
    return readdirSync(this.directory)
      .filter((file) => /\.(js|ts)$/.test(file) && !file.endsWith('.d.ts'))
      .sort()
      .map((file) => ({ file }));
  }

  getMigrationName({ file }: MigrationFile): string {
    return file.replace(/\.(js|ts)$/, '');
  }

  async getMigration({ file }: MigrationFile): Promise<Knex.Migration> {
    return require(path.join(this.directory, file)) as Knex.Migration;
  }
}
