import { Readable } from 'node:stream';
import { Base64Error, decodeBase64 } from '../base64.ts';
import type { ConnectorError } from '../errors.ts';
import type { Http, StreamedAnswer } from '../http.ts';
import { createJsonFieldScanner, JsonFieldError } from '../json-field.ts';

/** How to read the package out of one streamed JSON answer. */
export interface EdocStreamInput {
  http: Http;
  operation: string;
  answer: StreamedAnswer;
  /** Keys from the root to the string that holds the package. */
  path: readonly string[];
  maxBytes: number;
  /** Judges everything but the package; throws ConnectorError when the answer is a refusal. */
  check(rest: unknown): void;
  /** `sniff` takes text that starts with `<` as the package itself. Default `base64`. */
  encoding?: 'base64' | 'sniff';
}

/**
 * Gives the package of a `getEdoc` answer as a stream, in constant memory. A refusal rejects; an answer that breaks, ends
 * early or grows over `maxBytes` after the first bytes errors the stream.
 */
export async function openEdocStream(input: EdocStreamInput): Promise<Readable> {
  const iterator = fieldBytes(input)[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) throw bad(input, 'no package in the answer');
  const opening = first.value;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield opening;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.(undefined);
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}

async function* fieldBytes(input: EdocStreamInput): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  try {
    const raw = scanField(input);
    for await (const piece of await decoded(raw, input.encoding ?? 'base64')) {
      sizeBytes += piece.length;
      if (sizeBytes > input.maxBytes) throw bad(input, `package over ${input.maxBytes} bytes`);
      yield piece;
    }
  } catch (error) {
    if (error instanceof Base64Error || error instanceof JsonFieldError)
      throw bad(input, error.message, error);
    throw error;
  } finally {
    input.answer.cancel();
  }
}

/** The bytes of the wanted string; after the last one the rest of the answer is judged. */
async function* scanField(input: EdocStreamInput): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let ends = 0;
  const scanner = createJsonFieldScanner(input.path, {
    field: (bytes) => pending.push(bytes),
    fieldEnd: () => {
      ends += 1;
    },
  });
  for await (const chunk of input.answer.body) {
    scanner.write(chunk);
    if (ends > 1) throw new JsonFieldError('the package is there twice');
    if (pending.length > 0) yield Buffer.concat(pending);
    pending = [];
  }
  input.check(scanner.rest());
}

async function decoded(
  raw: AsyncGenerator<Buffer>,
  encoding: 'base64' | 'sniff',
): Promise<AsyncIterable<Uint8Array>> {
  if (encoding === 'base64') return decodeBase64(raw);
  const first = await raw.next();
  async function* whole() {
    if (!first.done) yield first.value;
    yield* raw;
  }
  const opening = first.done
    ? ''
    : first.value
        .toString('latin1')
        .trimStart()
        .replace(/^\u00ef\u00bb\u00bf/, '');
  return opening.startsWith('<') ? whole() : decodeBase64(whole());
}

function bad(input: EdocStreamInput, message: string, cause?: unknown): ConnectorError {
  return input.http.fail('CONNECTOR_BAD_ANSWER', input.operation, {
    status: input.answer.status,
    remoteMessage: message,
    cause,
  });
}
