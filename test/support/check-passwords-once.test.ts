import { hash, verify } from '@node-rs/argon2';
import { checkPasswordsOnce } from './check-passwords-once';

describe('a password that is checked once', () => {
  const cheap = { memoryCost: 1_024, timeCost: 1, parallelism: 1 };

  beforeAll(checkPasswordsOnce);

  it('is right for its own hash only, and a wrong one never is', async () => {
    const own = await hash('correct horse', cheap);
    const another = await hash('battery staple', cheap);
    for (let time = 1; time <= 2; time++) {
      await expect(verify(own, 'correct horse')).resolves.toBe(true);
      await expect(verify(own, 'battery staple')).resolves.toBe(false);
      await expect(verify(another, 'correct horse')).resolves.toBe(false);
      await expect(verify(another, 'battery staple')).resolves.toBe(true);
    }
    await expect(verify('no hash', 'correct horse')).rejects.toThrow();
  });
});
