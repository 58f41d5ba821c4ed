/** Secrets typed by a person at a terminal, never shown and never in a history. */

/** The terminal: the input must be one, for what is typed must not be echoed. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  /** Where the question goes; stdout may carry JSON. */
  readonly output: NodeJS.WritableStream;
}

const ENTER = /[\r\n]/;
const INTERRUPT = '\u0003';
const END = '\u0004';
const ERASE = ['\u007f', '\b'];
const LONGEST = 256;

/** Whether somebody can be asked. */
export function canAsk(terminal: Terminal = { input: process.stdin, output: process.stderr }): boolean {
  return terminal.input.isTTY === true;
}

/**
 * Asks for a secret without echo. Resolves to null when the person gives up (Ctrl-C, Ctrl-D) or there is no terminal.
 * @param question shown as it is.
 */
export function askSecret(
  question: string,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string | null> {
  const { input, output } = terminal;
  if (!canAsk(terminal)) return Promise.resolve(null);
  return new Promise((resolve) => {
    let typed = '';
    const done = (answer: string | null): void => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      resolve(answer);
    };
    const onData = (chunk: string): void => {
      for (const key of chunk) {
        const isOver = key === INTERRUPT || (key === END && typed === '');
        if (isOver || ENTER.test(key)) {
          done(isOver ? null : typed);
          return;
        }
        if (ERASE.includes(key)) typed = typed.slice(0, -1);
        else if (key >= ' ' && typed.length < LONGEST) typed += key;
      }
    };
    input.setRawMode(true);
    input.setEncoding('utf8');
    input.on('data', onData);
    input.resume();
    // Asked only now: what a quick hand, or a program, types at once is not echoed either.
    output.write(question);
  });
}
