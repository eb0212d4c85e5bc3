/** What was measured, beside what was expected. */
export class Findings {
  private failed = 0;

  constructor(private readonly say: (line: string) => void) {}

  heading(text: string): void {
    this.say(`\n${text}`);
  }

  /** Prints a figure, and whether it is as expected. */
  expect(what: string, measured: string | number, expected: string, holds: boolean): void {
    if (!holds) this.failed += 1;
    this.say(`${holds ? '  ok  ' : 'FAILED'}  ${what}: ${measured} (expected ${expected})`);
  }

  note(text: string): void {
    this.say(`        ${text}`);
  }

  get count(): number {
    return this.failed;
  }
}

export const milliseconds = (value: number): string => `${Math.round(value)} ms`;
