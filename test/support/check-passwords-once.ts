import argon2 from '@node-rs/argon2';

/** Marks the check that already does, since test files of one worker share their packages. */
const ONCE = Symbol.for('flagstaff.passwords-checked-once');

/**
 * Lets a password that was found right once be right for the same hash from then on, without the check: almost every test
 * signs in, with a password that is the same in all of them, and checking it takes longer than many a test. What was found
 * wrong is checked each time.
 */
export function checkPasswordsOnce(): void {
  const { verify } = argon2;
  if (ONCE in verify) return;
  const right = new Set<string>();
  const verifyOnce: typeof verify = async (hashed, password, ...more) => {
    const pair = JSON.stringify([String(hashed), String(password)]);
    if (right.has(pair)) return true;
    const isRight = await verify(hashed, password, ...more);
    if (isRight) right.add(pair);
    return isRight;
  };
  argon2.verify = Object.assign(verifyOnce, { [ONCE]: true });
}
