import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import type { Express } from 'express';
import type request from 'supertest';
import type { Test } from 'supertest';
import { createApp } from '../../src/app';
import { type Config, loadConfig } from '../../src/config';
import type { Database } from '../../src/db';
import type { Clock } from '../../src/lib/clock';
import { createServices, type ServiceOptions, type Services } from '../../src/services';
import { checkPasswordsOnce } from './check-passwords-once';
import { compileTemplatesOnce } from './compile-once';
import { createTestDatabase, type TestDatabase } from './databases';
import { agentOf, openLine } from './line';
import { addPeople, PASSWORD, type PersonName, people } from './people';
import { scratchDirectory } from './run-state';

compileTemplatesOnce();
checkPasswordsOnce();

/** A clock that stands where the test puts it, from now on. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void;
  set(time: Date): void;
}

export function testClock(start = new Date()): TestClock {
  let time = start.getTime();
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds;
    },
    set: (moment) => {
      time = moment.getTime();
    },
  };
}

/** A configuration for tests, from the environment that a person would set. */
export function testConfig(database: TestDatabase['config'], environment: Record<string, string> = {}): Config {
  const config = loadConfig(
    {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      SESSION_SECRET: 'test-session-secret-0123456789-abcdefghij',
      ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdefghij',
      ...environment,
    },
    { dataDir: mkdtempSync(path.join(scratchDirectory(), 'data-')) },
  );
  return Object.freeze({ ...config, database });
}

/** A browser without JavaScript: keeps cookies, and adds the CSRF token to the forms it sends. */
export class Visitor {
  readonly agent: ReturnType<typeof request.agent>;
  private token: string | undefined;

  constructor(readonly app: Express) {
    this.agent = agentOf(app);
    this.agent.set('Accept-Encoding', 'identity'); // packing and unpacking would take longer than most pages
  }

  /** Somebody else with the same cookies, who goes own ways from now on. */
  twin(): Visitor {
    const twin = new Visitor(this.app);
    const everywhere = { domain: '127.0.0.1', path: '/', secure: true, script: false };
    for (const cookie of this.agent.jar.getCookies(everywhere)) twin.agent.jar.setCookie(cookie);
    twin.token = this.token;
    return twin;
  }

  /** From now on every request brings this access token, as a program's would. */
  bring(access: string): this {
    this.agent.set('Authorization', `Bearer ${access}`);
    return this;
  }

  /** Sends JSON, as a program would. */
  postJson(url: string, body: unknown): Test {
    return this.agent
      .post(url)
      .type('json')
      .send(typeof body === 'string' ? body : JSON.stringify(body));
  }

  get(url: string): Test {
    return this.agent.get(url);
  }

  /** The token of this visitor's session, read from the sign-in page or, once signed in, from any page. */
  async csrfToken(): Promise<string> {
    if (this.token === undefined) {
      const { text } = await this.agent.get('/login').redirects(3);
      this.token = /name="(?:csrf-token|_csrf)"[^>]*(?:content|value)="([^"]+)"/.exec(text)?.[1] ?? '';
    }
    return this.token;
  }

  /** Sends a form as a browser would. */
  async post(url: string, fields: Record<string, string | string[]> = {}): Promise<request.Response> {
    const _csrf = await this.csrfToken(); // first, because a request takes the cookies of the moment it is made
    return this.agent
      .post(url)
      .type('form')
      .send({ ...fields, _csrf });
  }

  /** Sends a form as htmx would. */
  async htmxPost(url: string, fields: Record<string, string | string[]> = {}): Promise<request.Response> {
    const token = await this.csrfToken();
    return this.agent
      .post(url)
      .set('HX-Request', 'true')
      .set('HX-Request-Type', 'partial')
      .set('X-CSRF-Token', token)
      .type('form')
      .send(fields);
  }

  /** Reads a fragment as htmx would. */
  htmxGet(url: string): Test {
    return this.agent.get(url).set('HX-Request', 'true').set('HX-Request-Type', 'partial');
  }

  /** Signs in through the form; the token of the old session is forgotten. */
  async signIn(email: string, password = PASSWORD): Promise<request.Response> {
    const response = await this.post('/login', { email, password });
    this.token = undefined;
    return response;
  }
}

/** Statements of workers that what is counted may have woken, but does not wait for. */
const OF_THE_BACKGROUND =
  /^select .*"(snapshots_revision|jobs_job|mail_message|analytics_event)"|^update `?"?(jobs_job|mail_message|analytics_event)|`(snapshots_revision|jobs_job|mail_message|analytics_event)`/;

/** The statements that are being counted, for all that happens on account of the work they belong to. */
const counting = new AsyncLocalStorage<string[]>();

export interface TestApp {
  app: Express;
  services: Services;
  db: Database;
  clock: TestClock;
  ids: Record<PersonName, number>;
  /** A signed-out visitor. */
  visitor(): Visitor;
  /** A visitor of another application, for parts that are tried alone. */
  visitorOf(app: Express): Visitor;
  /** What the API gives a program of this person. */
  tokens(person: PersonName): Promise<{ access: string; refresh: string }>;
  /** A program of this person. */
  program(person: PersonName): Promise<Visitor>;
  /** Somebody signed in, once per person. */
  as(person: PersonName): Promise<Visitor>;
  /**
   * How many statements `work` had the database run, whatever else ran meanwhile; with `of`, those that it matches. Who asks a
   * server by own connections, or what waits for a poll, counts those of anybody.
   */
  countQueries(work: () => Promise<unknown>, of?: RegExp, by?: 'work' | 'anybody'): Promise<number>;
  close(): Promise<void>;
}

/** The assembled application on a fresh database with the people of every test; only the clock is replaced. */
export async function testApp(
  options: { environment?: Record<string, string>; clock?: TestClock } & Pick<ServiceOptions, 'log' | 'source'> = {},
): Promise<TestApp> {
  const database = await createTestDatabase();
  const { environment, clock = testClock(), ...given } = options;
  const config = testConfig(database.config, environment);
  const services = createServices(config, { ...given, clock });
  const { db } = services;
  const ids = await addPeople(db, clock.now());
  await services.start();
  const app = createApp(services);
  const lines = new Map([[app, openLine(app)]]);
  const signedIn = new Map<PersonName, Promise<Visitor>>();
  const signIn = async (person: PersonName): Promise<Visitor> => {
    const visitor = new Visitor(app);
    const response = await visitor.signIn(people[person].email);
    if (response.status !== 303) throw new Error(`${person} could not sign in: ${response.status}`);
    return visitor;
  };
  const tokens = async (person: PersonName): Promise<{ access: string; refresh: string }> => {
    const given = { email: people[person].email, password: PASSWORD };
    return (await new Visitor(app).postJson('/api/v1/token/', given).expect(200)).body;
  };
  return {
    app,
    services,
    tokens,
    program: async (person) => new Visitor(app).bring((await tokens(person)).access),
    db,
    clock,
    ids,
    visitor: () => new Visitor(app),
    visitorOf: (other) => {
      if (!lines.has(other)) lines.set(other, openLine(other));
      return new Visitor(other);
    },
    as: (person) => {
      const known = signedIn.get(person) ?? signIn(person);
      signedIn.set(person, known);
      return known;
    },
    countQueries: async (work, of = /./, by = 'work') => {
      const statements: string[] = [];
      const note = ({ sql }: { sql: string }) => (by === 'work' ? counting.getStore() : statements)?.push(sql);
      db.on('query', note);
      try {
        await counting.run(statements, async () => void (await work()));
      } finally {
        counting.disable(); // as long as it is in use, Node.js follows every promise
        db.removeListener('query', note);
      }
      return statements.filter((sql) => of.test(sql) && !OF_THE_BACKGROUND.test(sql)).length;
    },
    close: async () => {
      for (const hangUp of lines.values()) hangUp();
      await services.stop();
      await database.drop();
    },
  };
}
