import type { PostgresServer } from './postgres-server';

/** What a drill gets to work with. */
export interface Place {
  /** How long a fault lasts. */
  readonly seconds: number;
  /** An empty folder that is removed afterwards. */
  directory(name: string): string;
  makePostgres(): Promise<PostgresServer>;
  redisProgram(): string;
}
