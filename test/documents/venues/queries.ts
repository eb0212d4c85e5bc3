import { type ListScope, matchingRows } from '../../../src/admin';

/** Seats of all venues that the list's search, filters and dates keep. */
export async function countSeats(scope: ListScope): Promise<number> {
  const [row] = (await matchingRows(scope).sum('t.capacity as seats')) as { seats: number | null }[];
  return Number(row?.seats ?? 0);
}
