import { z } from 'zod';
import type { Transaction } from '../db';
import type { Json } from '../snapshots';
import { type Everything, readEverything } from './queries';

// Flags, switches and samples as they lie in a snapshot. The form is that of the rows: what makes sense is asked when they
// are written, and a row that does not must not keep all others from being read.

/** A moment as JSON has it; null stands for one that could not be read. */
const time = z
  .string()
  .nullable()
  .transform((text) => new Date(text ?? Number.NaN));

const named = { id: z.number(), name: z.string(), note: z.string(), createdAt: time, modifiedAt: time };

/** Reads what `loadContent` gave, from wherever it was kept meanwhile. */
export const Content: z.ZodType<Everything> = z.object({
  flags: z.array(
    z.object({
      ...named,
      everyone: z.boolean().nullable(),
      percent: z.number().nullable(),
      testing: z.boolean(),
      superusers: z.boolean(),
      staff: z.boolean(),
      authenticated: z.boolean(),
      languages: z.array(z.string()),
      userIds: z.array(z.number()),
      groups: z.array(z.object({ id: z.number(), name: z.string() })),
      rollout: z.boolean(),
    }),
  ),
  switches: z.array(z.object({ ...named, active: z.boolean() })),
  samples: z.array(z.object({ ...named, percent: z.number() })),
});

interface Stamped {
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

const plain = <T extends Stamped>({ createdAt, modifiedAt, ...rest }: T) => ({
  ...rest,
  createdAt: createdAt.toJSON() as string | null,
  modifiedAt: modifiedAt.toJSON() as string | null,
});

/** All flags, switches and samples by name, as plain JSON. */
export async function loadContent(trx: Transaction): Promise<Json> {
  const { flags, switches, samples } = await readEverything(trx);
  return {
    flags: flags.map(({ groups, ...flag }) => ({
      ...plain(flag),
      groups: groups.map(({ id, name }) => ({ id, name })),
    })),
    switches: switches.map(plain),
    samples: samples.map(plain),
  };
}
