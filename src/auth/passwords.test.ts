import { setTimeout as sleep } from 'node:timers/promises';
import { checkPassword, DECOY, hashPassword, needsRehash } from './passwords';

describe('hashing passwords', () => {
  it('does the same work for an account that is not there, with today’s parameters', async () => {
    expect(needsRehash(DECOY)).toBe(false);
    expect(await checkPassword(undefined, '')).toBe(false);
    expect(await checkPassword(null, 'x')).toBe(false);
    expect(await checkPassword('not a hash', 'x')).toBe(false);
    const hash = await hashPassword('tulip kayak verdigris');
    expect(needsRehash(hash)).toBe(false);
    expect(await checkPassword(hash, 'tulip kayak verdigris')).toBe(true);
    expect(await checkPassword(hash, 'tulip kayak verdigri')).toBe(false);
  });

  it('lets two hundred wait, turns others away with a time to come back, and answers everything else meanwhile', async () => {
    const memoryBefore = process.memoryUsage().rss;
    let latest = performance.now();
    let longestPause = 0;
    const beat = setInterval(() => {
      longestPause = Math.max(longestPause, performance.now() - latest);
      latest = performance.now();
    }, 5);
    const results = await Promise.allSettled(Array.from({ length: 230 }, () => checkPassword(undefined, 'guess')));
    clearInterval(beat);
    const away = results.filter((result) => result.status === 'rejected');
    expect(away.length).toBeGreaterThanOrEqual(230 - 204); // four at work, two hundred in line
    expect(away.length).toBeLessThanOrEqual(230 - 200);
    for (const { reason } of away) expect(reason).toMatchObject({ status: 503, retryAfter: 5 });
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(300 * 1024 * 1024);
    expect(longestPause).toBeLessThan(500); // the work is on other threads
    await sleep(1);
    expect(await checkPassword(undefined, 'guess')).toBe(false);
  }, 60_000);
});
