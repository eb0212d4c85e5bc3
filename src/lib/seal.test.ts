import { seal, unseal } from './seal';

const OLD = 'an-old-key-0123456789-abcdefghijklmnop';
const NEW = 'a-new-key-0123456789-abcdefghijklmnopq';

describe('sealed texts', () => {
  it('open with their key in their place', () => {
    const envelope = seal([NEW], 'mail.body:1', 'Grüße, 🦊');
    expect(envelope).not.toContain('Gr');
    expect(unseal([NEW], 'mail.body:1', envelope)).toBe('Grüße, 🦊');
    expect(seal([NEW], 'mail.body:1', 'Grüße, 🦊')).not.toBe(envelope);
  });

  it('still open after a new key was put in front', () => {
    expect(unseal([NEW, OLD], 'a', seal([OLD], 'a', 'text'))).toBe('text');
  });

  it('open nowhere else, with no other key, and not when changed', () => {
    const envelope = seal([NEW], 'mail.body:1', 'text');
    expect(unseal([NEW], 'mail.body:2', envelope)).toBeUndefined();
    expect(unseal([OLD], 'mail.body:1', envelope)).toBeUndefined();
    const bytes = Buffer.from(envelope.split('.')[2] ?? '', 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const forged = [...envelope.split('.').slice(0, 2), changed.toString('base64url')].join('.');
      expect(unseal([NEW], 'mail.body:1', forged)).toBeUndefined();
    }
    for (const bad of ['', 'v1', 'v1.x', 'v1.x.y', `v2${envelope.slice(2)}`]) {
      expect(unseal([NEW], 'mail.body:1', bad)).toBeUndefined();
    }
  });
});
