import { createContext, Script } from 'node:vm';
import jsonata from 'jsonata';

/** Longest evaluation, and deepest recursion inside it: a mapping is data of the operator, but a slip must not stop the gateway. */
export const EVALUATION_MS = 500;
const MAX_DEPTH = 200;
/** Largest value an expression may give, characters of JSON. */
const MAX_RESULT_CHARS = 5_000_000;

/** An expression that is wrong, took too long or gave too much. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** A compiled expression. @throws ExpressionError at once when it can't be read. */
export interface Expression {
  evaluate(input: unknown): Promise<unknown>;
}

/** Compiles JSONata. Functions that read the clock or run text as code are the library's own; none reaches outside. */
export function compile(text: string): Expression {
  // Each evaluation has an expression of its own: the hooks that bound it belong to one run.
  const parse = (): ReturnType<typeof jsonata> => jsonata(text, { RegexEngine: BoundedRegExp as never });
  try {
    parse();
  } catch (cause) {
    throw new ExpressionError(`expression: ${(cause as { message?: string }).message ?? 'unreadable'}`, {
      cause,
    });
  }
  return {
    async evaluate(input) {
      const bounded = limit(parse());
      try {
        const value: unknown = await bounded.evaluate(input);
        const json = JSON.stringify(value) ?? 'null';
        if (json.length > MAX_RESULT_CHARS) throw new ExpressionError('result too large');
        return JSON.parse(json) as unknown;
      } catch (cause) {
        if (cause instanceof ExpressionError) throw cause;
        throw new ExpressionError(`expression: ${(cause as { message?: string }).message ?? 'failed'}`, {
          cause,
        });
      }
    },
  };
}

/** The library calls these hooks around every step: the one place where time and depth can be seen from outside. */
function limit(expression: ReturnType<typeof jsonata>): ReturnType<typeof jsonata> {
  const until = performance.now() + EVALUATION_MS;
  let depth = 0;
  function check(by: number): void {
    depth += by;
    if (depth > MAX_DEPTH) throw new ExpressionError('expression nests too deep');
    if (performance.now() > until) throw new ExpressionError(`expression took over ${EVALUATION_MS} ms`);
  }
  // Data must never be run as an expression.
  expression.assign('eval', () => {
    throw new ExpressionError('$eval is not allowed in a mapping');
  });
  expression.assign(Symbol.for('jsonata.__evaluate_entry') as unknown as string, () => check(1));
  expression.assign(Symbol.for('jsonata.__evaluate_exit') as unknown as string, () => check(-1));
  return expression;
}

/** Runs each match with a deadline of its own: a backtracking pattern is stopped by the engine itself. */
class BoundedRegExp extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    const context = createContext({ source: this.source, flags: this.flags, text, at: this.lastIndex });
    const script = new Script(
      'const r = new RegExp(source, flags); r.lastIndex = at; const m = r.exec(text); [m, r.lastIndex]',
    );
    try {
      const [match, lastIndex] = script.runInContext(context, { timeout: EVALUATION_MS }) as [
        RegExpExecArray | null,
        number,
      ];
      this.lastIndex = lastIndex;
      return match;
    } catch (cause) {
      throw new ExpressionError('pattern took too long', { cause });
    }
  }
}
