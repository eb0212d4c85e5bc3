import { z } from 'zod';
import type { Config } from '../config';
import type { Transaction } from '../db';
import { type ReadingParts, readRepositories } from '../github';
import { findIntegration, type Integration, optionalIntegrations, requiredVariables } from '../integrations';
import { type JobHandler, type JobTools, jobKind, PermanentFailure } from '../jobs';
import { countRoles, findOrganization, type Organization } from '../orgs';
import { beginProgress, countInterested, deleteOtherItems, markMoment, saveSyncItem } from './queries';

/** What the background job of the sync step carries: the organization, and who started it. */
export const SyncPayload = z.object({
  organizationId: z.number().int().positive(),
  userId: z.number().int().positive().optional(),
});
export type SyncPayload = z.infer<typeof SyncPayload>;

/** The background job of the sync step. */
export const onboardingSync = jobKind('onboarding.sync', SyncPayload);

/** What the sync knows of the members. */
export const MemberFacts = z.object({ owner: z.number(), admin: z.number(), member: z.number() });
/** What it knows of one integration: whether this server could connect it, and how many members want it. */
export const IntegrationFacts = z.object({ configured: z.boolean(), interested: z.number().default(0) });

/** One step: what to find out, by its key. */
interface SyncStep {
  readonly key: string;
  readonly label: string;
  gather(trx: Transaction, organization: Organization): Promise<unknown>;
  /** What takes longer than a transaction may: done before, in writes of its own. Gives back what is left to be written. */
  prepare?(parts: ReadingParts, payload: SyncPayload, tools: Tools): Promise<(trx: Transaction) => Promise<void>>;
}

interface Tools extends Pick<JobTools, 'signal'> {
  keep(work: (trx: Transaction) => Promise<void>): Promise<void>;
}

/** Whether this server has what connecting an integration needs; false for one that cannot be connected at all. */
export function isConfigured(slug: string, config: Config): boolean {
  const integration = findIntegration(slug);
  const variables = integration === undefined ? [] : requiredVariables(integration, config);
  return variables.length > 0 && variables.every(({ isSet }) => isSet);
}

/** The key of an integration's step. */
export const integrationKey = (slug: string): string => `integration:${slug}`;

const integrations = (): Integration[] => {
  const github = findIntegration('github');
  return [...(github === undefined ? [] : [github]), ...optionalIntegrations];
};

/** The steps of the sync, in order: the organization's record, its members, then GitHub and the optional integrations. */
export function syncSteps(config: Config): readonly SyncStep[] {
  return [
    {
      key: 'organization',
      label: 'Organization',
      gather: async (_trx, { slug, timeZone }) => ({ slug, timeZone }),
    },
    { key: 'members', label: 'Members', gather: (trx, { id }) => countRoles(trx, id) },
    ...integrations().map((integration) => ({
      key: integrationKey(integration.slug),
      label: integration.name,
      ...(integration.slug === 'github' ? { prepare: readOwnRepositories } : {}),
      gather: async (trx: Transaction, { id }: Organization) => ({
        configured: isConfigured(integration.slug, config),
        interested: await countInterested(trx, id, integration.slug),
      }),
    })),
  ];
}

/** The repositories of whoever started the sync, when they have connected GitHub. */
const readOwnRepositories: SyncStep['prepare'] = async (parts, { userId }, tools) =>
  userId === undefined ? async () => {} : readRepositories(parts, userId, tools);

/**
 * Finds out, step by step, what the organization's pages show: each step's finding and its progress are one transaction,
 * so that a sync that was cut short goes on where it stopped.
 */
export function onboardingSyncHandler(parts: ReadingParts): JobHandler<SyncPayload> {
  const steps = syncSteps(parts.config);
  return {
    kind: onboardingSync,
    run: async ({ payload, progress: done }, { progress, signal }) => {
      const { organizationId } = payload;
      // The last step ends the sync, so it runs even when an earlier version of the product had fewer of them.
      for (const [index, step] of [...steps.entries()].slice(Math.min(done, steps.length - 1))) {
        const keep: Tools['keep'] = (work) => progress(index, steps.length, work);
        const rest = await step.prepare?.(parts, payload, { signal, keep });
        await progress(index + 1, steps.length, async (trx) => {
          const organization = await findOrganization(trx, organizationId);
          if (organization === undefined) throw new PermanentFailure('The organization no longer exists.');
          await rest?.(trx);
          const facts = await step.gather(trx, organization);
          const now = parts.clock.now();
          await saveSyncItem(trx, organizationId, { key: step.key, facts, position: index + 1, now });
          if (index + 1 < steps.length) return;
          await deleteOtherItems(
            trx,
            organizationId,
            steps.map(({ key }) => key),
          );
          await beginProgress(trx, organizationId, now);
          await markMoment(trx, organizationId, 'synced', now);
        });
      }
    },
  };
}
