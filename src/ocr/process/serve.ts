import { OcrError } from '../errors.ts';
import type { ChildReply } from './child.ts';

/** What a child can do: method name → function of one cloneable argument. */
export type Methods = Record<string, (argument: never) => unknown>;

function describe(error: unknown): NonNullable<ChildReply['error']> {
  if (error instanceof OcrError) {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return { code: error.code, message: error.message + cause, details: error.details };
  }
  return {
    code: null,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    details: {},
  };
}

/** Child side of `startChild`: answers every message, and ends when the parent is gone. */
export function serve(methods: Methods): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (request: { id: number; method: string; argument: never }) => {
    void answer(methods, request).then((reply) => process.send?.(reply));
  });
}

async function answer(
  methods: Methods,
  request: { id: number; method: string; argument: never },
): Promise<ChildReply> {
  try {
    const method = methods[request.method];
    if (!method) throw new TypeError(`no method ${request.method}`);
    return { id: request.id, value: await method(request.argument) };
  } catch (error) {
    return { id: request.id, error: describe(error) };
  }
}
