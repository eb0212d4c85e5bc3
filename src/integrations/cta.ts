import type { Request, RequestHandler } from 'express';
import type { Environment } from 'nunjucks';
import type { Logger } from 'pino';
import type { Flags } from '../teams';
import { type LazyLocal, setLazyLocal } from '../web/lazy';
import { findIntegration } from './catalogue';
import { canBeAsked, connectPath, type IntegrationStatus, interrupts, splitReason } from './policy';
import type { IntegrationStatusService, StatusUser } from './readiness';
import { isIntegrationEnabled } from './status';

/** What templates see of a person's integrations: the status of every provider that is enabled for them, by its slug. */
export type IntegrationStatuses = Readonly<Record<string, IntegrationStatus>>;

/** A line of the call-to-action, as its partial writes it. */
export interface CtaRow {
  readonly slug: string;
  readonly name: string;
  readonly iconClass: string;
  readonly iconColor: string;
  readonly line: string;
  /** What only staff get to read, behind a disclosure. */
  readonly detail: string | null;
  readonly ctaLabel: string | null;
  readonly ctaUrl: string | null;
  /** Whether its address leads to the provider, and from there back to a page of ours. */
  readonly connects: boolean;
}

/** The lines for those of the named providers that have a problem; of all when none are named. */
export function ctaRows(
  statuses: IntegrationStatuses | undefined,
  named?: string | readonly string[] | null,
): CtaRow[] {
  const slugs = typeof named === 'string' ? [named] : named;
  if (statuses === undefined || slugs?.length === 0) return [];
  return (slugs ?? Object.keys(statuses)).flatMap((slug) => {
    const status = Object.hasOwn(statuses, slug) ? statuses[slug] : undefined;
    const integration = findIntegration(slug);
    if (status === undefined || integration === undefined || !status.blockingProblem) return [];
    const { name, iconClass, iconColor } = integration;
    const { ctaLabel, ctaUrl } = status;
    const connects = ctaUrl === connectPath(slug);
    return { slug, name, iconClass, iconColor, ...splitReason(status.reason), ctaLabel, ctaUrl, connects };
  });
}

/** Lets templates make the lines, `integration_statuses | cta_rows(cta_providers)`, and ask of a status what the policy says. */
export function addCtaFilter(templates: Environment): void {
  templates.addFilter('cta_rows', ctaRows);
  templates.addFilter('can_be_asked', (status?: IntegrationStatus) => status !== undefined && canBeAsked(status));
}

interface Parts {
  readonly service: IntegrationStatusService;
  readonly flags: Flags;
  readonly log: Logger;
}

/** The statuses of the person behind one request. Nothing is looked at before a template reads one. */
class RequestStatuses implements LazyLocal {
  missed = false;
  private found: ReadonlyMap<string, IntegrationStatus> | undefined;
  private known: IntegrationStatuses | undefined;
  private slugs: readonly string[] | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly req: Request,
    private readonly user: StatusUser,
  ) {}

  /** All that are enabled for the person and known. */
  all(): IntegrationStatuses {
    if (this.known !== undefined) return this.known;
    const statuses: Record<string, IntegrationStatus> = Object.create(null);
    const isFound = this.found !== undefined;
    let isWhole = true;
    for (const slug of this.enabled()) {
      const status = isFound ? this.found?.get(slug) : this.parts.service.atHand(this.user, slug);
      if (status !== undefined) statuses[slug] = status;
      else isWhole = false;
    }
    if (isWhole || isFound) this.known = statuses;
    else this.missed = true;
    return statuses;
  }

  lookUp(): Promise<void> | undefined {
    const { service, log } = this.parts;
    const slugs = this.enabled();
    if (this.found !== undefined || slugs.every((slug) => service.atHand(this.user, slug) !== undefined))
      return undefined;
    return service.assessAll(this.user, slugs).then(
      (found) => {
        this.found = found;
      },
      (error: unknown) => {
        this.found = new Map(); // nobody is told of a problem that may not be there
        log.warn({ err: error }, 'the integrations of a page could not be assessed');
      },
    );
  }

  private enabled(): readonly string[] {
    const { service, flags } = this.parts;
    const context = { flagIsActive: (name: string) => flags.flagIsActive(this.req, name, { readOnly: true }) };
    this.slugs ??= service.providers.filter((slug) => isIntegrationEnabled(slug, context));
    return this.slugs;
  }
}

/** A mapping that is made when something of it is read. */
function lazily(all: () => IntegrationStatuses): IntegrationStatuses {
  return new Proxy(Object.create(null) as IntegrationStatuses, {
    get: (_target, key) => Reflect.get(all(), key),
    has: (_target, key) => Reflect.has(all(), key),
    ownKeys: () => Reflect.ownKeys(all()),
    getOwnPropertyDescriptor: (_target, key) => {
      const value: unknown = Reflect.get(all(), key);
      return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: false };
    },
    set: () => false,
  });
}

const NONE: IntegrationStatuses = Object.freeze(Object.create(null));

/**
 * Gives templates `integration_statuses`, and the base layout the slugs of those that every page tells of. Both cost nothing
 * until they are read.
 */
export function integrationLocals(parts: Parts): RequestHandler {
  return (req, res, next) => {
    const { user } = req;
    if (user === undefined) {
      res.locals.integration_statuses = NONE;
      return next();
    }
    const statuses = new RequestStatuses(parts, req, user);
    setLazyLocal(res, statuses);
    res.locals.integration_statuses = lazily(() => statuses.all());
    res.locals.interruptingIntegrations = () =>
      Object.values(statuses.all()).flatMap((status) => (interrupts(status) ? status.provider : []));
    next();
  };
}
