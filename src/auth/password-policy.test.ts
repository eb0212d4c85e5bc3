import { commonPasswords } from './common-passwords';
import { refusePassword } from './password-policy';

const context = { minLength: 12, words: ['ada.lovelace@analytical.example', 'Ada Lovelace', 'Difference Works'] };
const refuse = (password: string) => refusePassword(password, context);

describe('what may be a password', () => {
  it('ships thousands of leaked passwords that are long enough to be chosen', async () => {
    const { whole } = await commonPasswords(12);
    expect(whole.size).toBeGreaterThanOrEqual(3_000);
    expect([...whole].every((password) => password.length >= 12)).toBe(true);
  });

  it.each([
    // leaked as they are
    '123qweasdzxc',
    '1qaz2wsx3edc',
    'q1w2e3r4t5y6',
    'leavemealone',
    'sonyericsson',
    'unbelievable',
    'finalfantasy',
    'administrator',
    'JustinBieber',
    'counterstrike',
    'professional',
    'Supernatural',
    'motherfucker',
    'needforspeed',
    // common ones dressed up
    'password1234',
    'Password123!',
    'P4$$w0rd2024',
    'sunshine2024',
    'iloveyou!!!!',
    'Monkey-123456',
    '!!dragon1234',
    'letmein20241',
    'trustno1trustno1',
    'welcome_2025',
    'princess!2019',
    'football#1998',
    'superman-0001',
    // two of them together
    'dragonmonkey',
    'password-monkey',
    'sunshinebaby',
    'qwerty-dragon',
    'Shadow_Master',
    'batman.superman',
    // one thing again and again
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'ababababababa',
    '121212121212',
    'xyzzyxyzzyxyzzy',
    '            ',
    // walks
    'qwertyuiop[]',
    '123456789012',
    'abcdefghijklm',
    'zyxwvutsrqpo',
    "asdfghjkl;'zx",
    '1qaz2wsx3edc4rfv',
    '098765432109',
    // what everybody here would try
    'flagstaff-2026',
    'Fl4gst4ff rocks',
    'lovelace is here',
    'analytical engine',
    'my difference 9',
    'ADA.LOVELACE!!',
    'f-l-a-g-s-t-a-f-f',
  ])('refuses %s with a reason', async (password) => {
    expect(await refuse(password)).toMatch(/\.$/);
  });

  it.each([
    'correct horse battery',
    'tulip kayak verdigris',
    'Xk9#mQ2$vL7!p',
    '🦊🐙🦉🐝🦩🐌🦔🐢🦜🐳🦭🐞',
    'dort wo die Wege enden',
    'mein Fahrrad quietscht',
    'gT7w9qLz04Rb',
    'vellum anchor sprocket',
    'zögerlich durch Pfützen',
    'not-my-usual-one-83',
  ])('accepts %s', async (password) => {
    expect(await refuse(password)).toBeUndefined();
  });

  it('counts characters as people do and refuses the 129th', async () => {
    const long = 'tulip kayak verdigris '.repeat(20);
    expect(await refuse(`${'ab7 tulip kayak verdigris moss '.repeat(5).slice(0, 127)}#`)).toBeUndefined();
    expect(await refuse(long.slice(0, 129))).toBe('Use at most 128 characters.');
    expect(await refuse('short words')).toContain('at least 12 characters');
  });

  it('takes the minimum from the configuration', async () => {
    expect(await refusePassword('gT7w9qLz', { minLength: 8 })).toBeUndefined();
    expect(await refusePassword('gT7w9qLz', { minLength: 9 })).toContain('at least 9');
    expect(await refusePassword('qwerty123', { minLength: 8 })).toBeDefined();
  });
});
