import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';

/**
 * Migrations from a folder, stored under their names without extension: run as `.ts` by the tools and as `.js` from the
 * build, they are the same migration.
 */
export class FileMigrationSource implements Knex.MigrationSource<string> {
  constructor(private readonly directory: string) {}

  async getMigrations(): Promise<string[]> {
    return readdirSync(this.directory)
      .filter((file) => /\.(js|ts)$/.test(file) && !file.endsWith('.d.ts'))
      .sort();
  }

  getMigrationName(file: string): string {
    return file.replace(/\.(js|ts)$/, '');
  }

  async getMigration(file: string): Promise<Knex.Migration> {
    return require(path.join(this.directory, file)) as Knex.Migration;
  }
}
