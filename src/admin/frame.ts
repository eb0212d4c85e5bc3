import type { Request, Response } from 'express';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { forbidden, notFound, unauthorized } from '../lib/http-error';
import type { AnyModel } from '../model';
import { actorOf, viewerOf } from '../web/request';
import { type Policy, policy, staffOnly } from '../web/routes';
import type { AdminContext, ModelAdmin } from './declare';
import { type Abilities, type AdminSite, modelUrl } from './site';

/** What every handler of the admin works with. */
export interface AdminParts {
  readonly site: AdminSite;
  readonly db: Database;
  readonly clock: Clock;
}

export const contextOf = ({ db, clock, site }: AdminParts, req: Request): AdminContext => ({
  db,
  clock,
  site,
  viewer: viewerOf(req),
  actor: actorOf(req),
});

export const abilitiesOf = ({ site }: AdminParts, admin: ModelAdmin, req: Request): Abilities =>
  site.abilities(admin, viewerOf(req));

/** May this person look at the model (else it does not exist for them), and do what the verb says (else 403)? */
export function modelPolicy(site: AdminSite, admin: ModelAdmin, verb: keyof Abilities): Policy {
  return policy(`admin:${admin.model.app}.${verb}_${admin.model.name}`, (req) => {
    staffOnly.check(req);
    if (req.user === undefined) throw unauthorized();
    const can = site.abilities(admin, req.user);
    if (!can.view && !can[verb]) throw notFound();
    if (!can[verb])
      throw forbidden(`You don't have permission to ${verb} ${admin.model.nounPlural}. Nothing was changed.`);
  });
}

/** The id in the address; anything else than a positive 32-bit number is an address that does not exist. */
export function idOf(req: Request): number {
  const raw = String(req.params.id ?? '');
  if (!/^[1-9]\d{0,9}$/.test(raw) || Number(raw) > 2_147_483_647) throw notFound();
  return Number(raw);
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Crumb {
  text: string;
  href?: string;
}

/** What every page of the admin shows around its content. */
export function frame(
  parts: AdminParts,
  req: Request,
  crumbs: readonly Crumb[],
  admin?: ModelAdmin,
): Record<string, unknown> {
  const appList = parts.site.appList(viewerOf(req)).map((app) => ({
    ...app,
    models: app.models.map((model) => ({
      ...model,
      current: model.key === admin?.model.label || model.url === req.path,
    })),
  }));
  return { appList, crumbs: [{ text: 'Home', href: '/admin/' }, ...crumbs] };
}

/** The crumbs that lead to a model's list, which keeps its filters. */
export function modelCrumbs(parts: AdminParts, model: AnyModel, query = ''): Crumb[] {
  return [
    { text: parts.site.sectionLabel(model.app), href: `/admin/${model.app}/` },
    { text: capitalize(model.nounPlural), href: modelUrl(model) + query },
  ];
}

/** The list's address as a form carried it; only ever a query, never another place. */
export function keptQuery(value: unknown): string {
  if (typeof value !== 'string' || value.length > 2000 || !value.startsWith('?')) return '';
  return `?${new URLSearchParams(value.slice(1)).toString()}`.replace(/^\?$/, '');
}

/** Nothing about the admin is kept by a browser or a proxy. */
export const noStore = (res: Response): Response => res.set('Cache-Control', 'no-store');
