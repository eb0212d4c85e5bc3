import { typedText } from './typed-text';

describe('typed text', () => {
  it('loses control characters and nothing else', () => {
    expect(typedText(' a\0b\u001bc\r\nd é😀 ')).toBe('abcd é😀');
    expect(typedText(' a\0\r\nb\tc\r', { lines: true })).toBe('a\nb\tc');
  });
});
