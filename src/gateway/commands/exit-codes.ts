/** Exit codes of contracts.md (the BSD sysexits numbers where one fits). */
export const EXIT = {
  ok: 0,
  failed: 1,
  indeterminate: 2,
  noSignature: 3,
  usage: 64,
  unreadableInput: 65,
  unavailable: 69,
  internal: 70,
  cantCreate: 73,
  tryLater: 75,
  config: 78,
} as const;

/** A command's way of ending with a code and words, in both languages. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, text: { vi: string; en: string }, options: { cause?: unknown } = {}) {
    super(`${text.vi}\n${text.en}`, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Writes one JSON object on stdout and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes one line of plain words on stdout. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
