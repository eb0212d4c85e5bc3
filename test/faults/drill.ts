import { loadConfig } from '../../src/config';
import { migrateLatest } from '../../src/db';
import { DEMO_PASSWORD, loadDemoData } from '../../src/demo';
import { localActor } from '../../src/lib/viewer';
import { createServices, type Services } from '../../src/services';
import { createFlag, setEveryone } from '../../src/teams';
import { until } from '../support/until';
import { type Findings, milliseconds } from './findings';
import { type Answer, ask, type Load, load, percentile } from './load';
import { SECRETS, type Server } from './server';

const FLAG = 'fault_drill';
const ACTOR = localActor('command', 'fault drill');
const ADMIN = '/admin/teams/flag/';

/** Another process with the same database: it makes the flag of the drill and changes it. */
export interface Writer {
  readonly services: Services;
  set(on: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database, filled with the demo, as a process beside the server. */
export async function openWriter(environment: Record<string, string>, dataDir: string): Promise<Writer> {
  const config = loadConfig({ NODE_ENV: 'development', LOG_LEVEL: 'silent', ...SECRETS, ...environment }, { dataDir });
  const services = createServices(config);
  await migrateLatest(services.db);
  await loadDemoData(services);
  await services.snapshots.start();
  await createFlag(services, ACTOR, FLAG, { everyone: true });
  return {
    services,
    set: async (on) => {
      await setEveryone(services, ACTOR, FLAG, on);
    },
    close: () => services.stop(),
  };
}

/** Whether an answer of `/waffle_status` has the flag of the drill, and as what. */
export function flagIn({ status, body }: Answer): boolean | undefined {
  if (status !== 200) return undefined;
  const { flags } = JSON.parse(body) as { flags: Record<string, { is_active: boolean }> };
  return flags[FLAG]?.is_active;
}

/** The cookie of a member of staff who has signed in through the form. */
export async function signIn({ origin }: Server): Promise<string> {
  const form = await fetch(`${origin}/login`);
  const first = cookiesOf(form);
  const token = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? '';
  const answer = await fetch(`${origin}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: first },
    body: new URLSearchParams({ _csrf: token, email: 'staff@example.com', password: DEMO_PASSWORD }),
  });
  if (answer.status !== 303) throw new Error(`signing in gave ${answer.status}`);
  return cookiesOf(answer) || first;
}

const cookiesOf = ({ headers }: Response): string =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

/** Everything that is asked of a server all through a fault. */
export class Watch {
  private readonly flags: Load;
  private readonly admin: Load;
  private readonly ready: Load;
  private readonly began = performance.now();

  constructor(
    private readonly server: Server,
    cookie: string,
  ) {
    this.flags = load(`${server.origin}/waffle_status`, { callers: 4, pause: 40 });
    this.admin = load(server.origin + ADMIN, { callers: 2, pause: 200, cookie });
    this.ready = load(`${server.origin}/readyz`, { callers: 1, pause: 250 });
  }

  /** Waits until the server shows the flag as given to somebody who asks now; tells how long that took. */
  async shows(on: boolean, within = 20_000): Promise<number> {
    return until(`the flag to be ${on ? 'on' : 'off'}`, async () => flagIn(await this.askFlags()) === on, within);
  }

  askFlags(): Promise<Answer> {
    return ask(`${this.server.origin}/waffle_status`);
  }

  /** Waits until staff can work again; tells how long that took. */
  async adminAnswers(within = 30_000): Promise<number> {
    const since = performance.now();
    const isWell = ({ at, status }: Answer) => at > since && status === 200;
    return until('the admin to answer', () => this.admin.answers.some(isWell), within).catch((error: Error) => {
      const last = this.admin.answers.at(-1);
      throw new Error(
        `${error.message}; it last said ${last?.status} ${last?.body.slice(0, 500)}\n${this.server.output()}`,
      );
    });
  }

  /** What readiness said last. */
  readiness(): string {
    return this.ready.answers.at(-1)?.body ?? '';
  }

  /** Ends the load and holds it against what is expected of every fault. */
  async judge(findings: Findings, limits: { admin: number; from: number; to: number }): Promise<void> {
    const flags = await this.flags.stop();
    const served = flags.filter((answer) => flagIn(answer) !== undefined);
    const share = (100 * served.length) / flags.length;
    findings.expect('evaluations served', `${share.toFixed(2)} % of ${flags.length}`, '100 %', share === 100);
    findings.note(
      `an evaluation took ${milliseconds(percentile(times(flags), 0.5))}, 99 % of them ${milliseconds(percentile(times(flags), 0.99))} at most`,
    );
    const during = (await this.admin.stop()).filter(({ at, took }) => at + took > limits.from && at < limits.to);
    const slowest = Math.max(0, ...times(during));
    const statuses = [...new Set(during.map(({ status }) => status))].toSorted((a, b) => a - b).join(', ');
    findings.expect(
      'slowest answer of the admin meanwhile',
      `${milliseconds(slowest)} (${during.length} answers: ${statuses})`,
      `${milliseconds(limits.admin)} at most, and no other fault than 503`,
      slowest <= limits.admin && during.every(({ status }) => status === 200 || status === 503),
    );
    for (const line of this.server
      .output()
      .split('\n')
      .filter((each) => each.includes('"internal_error"'))) {
      findings.note(line.slice(0, 1_000)); // faults that were not taken for an outage
    }
    const ready = await this.ready.stop();
    const unready = ready.filter(({ status }) => status !== 200).length;
    findings.expect('answers of /readyz other than 200', unready, 'none', unready === 0);
    findings.expect('unhandled rejections', this.server.unhandled(), '0', this.server.unhandled() === 0);
    findings.expect(
      'the process',
      this.server.isRunning() ? `still ${this.server.pid}` : 'ended',
      'the same',
      this.server.isRunning(),
    );
    findings.note(`load for ${((performance.now() - this.began) / 1000).toFixed(1)} s`);
  }
}

const times = (answers: readonly Answer[]): number[] => answers.map(({ took }) => took);
