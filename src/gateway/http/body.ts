/** A request's body as a stream whose failures are the sender's, not ours. */
import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { CONTENT_CODINGS, HttpError } from './problem.ts';

/** Yields the body, decoded. @throws HttpError as {@link bodyStream} tells. */
export async function* bodyOf(req: Request): AsyncGenerator<Uint8Array> {
  const decoder = decoderOf(req);
  if (decoder === null) yield* asSent(req);
  else yield* decoded(req, decoder);
}

/**
 * The body, decoded, to pipe from: the request itself when it is not compressed. Emits HttpError UPLOAD_INCOMPLETE (the connection ends
 * before the body does; of the request itself the bare error), BAD_REQUEST (not compressed as it says), BODY_TOO_LARGE (a bomb).
 * @throws HttpError UNSUPPORTED_MEDIA_TYPE for a `Content-Encoding` we do not take (RFC 9110 §8.4).
 */
export function bodyStream(req: Request): Readable {
  const decoder = decoderOf(req);
  return decoder === null ? req : Readable.from(decoded(req, decoder), { objectMode: false });
}

async function* asSent(req: Request): AsyncGenerator<Uint8Array> {
  try {
    // Left early (a limit), the connection stays: its answer has still to go out.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (cause) {
    throw new HttpError('UPLOAD_INCOMPLETE', { cause });
  }
}

type Decoder = ReturnType<typeof createGunzip>;

const DECODERS: Readonly<Record<string, () => Decoder>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress as () => Decoder,
};

function decoderOf(req: Request): (() => Decoder) | null {
  const coding = (req.get('content-encoding') ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return null;
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decoder !== undefined) return decoder;
  throw new HttpError('UNSUPPORTED_MEDIA_TYPE', {
    faults: [
      {
        code: 'BAD_HEADER.Content-Encoding',
        path: 'Content-Encoding',
        vi: `Không giải nén được "${coding.slice(0, 40)}"; nhận: ${CONTENT_CODINGS}.`,
        en: `"${coding.slice(0, 40)}" can't be decoded here; taken: ${CONTENT_CODINGS}.`,
      },
    ],
  });
}

/** As of an archive inside a package: no honest body, base64 or scans, comes near. */
const MOST_RATIO = 200;
const RATIO_FREE_BYTES = 16 * 1024 * 1024;

async function* decoded(req: Request, makeDecoder: () => Decoder): AsyncGenerator<Uint8Array> {
  const decoder = makeDecoder();
  let sizeBytes = 0;
  const input = Readable.from(asSent(req));
  input.on('error', (cause) => decoder.destroy(cause));
  input.pipe(decoder);
  try {
    for await (const chunk of decoder) {
      sizeBytes += (chunk as Uint8Array).length;
      if (sizeBytes > RATIO_FREE_BYTES && sizeBytes > decoder.bytesWritten * MOST_RATIO)
        throw new HttpError('BODY_TOO_LARGE');
      yield chunk as Uint8Array;
    }
  } catch (cause) {
    throw cause instanceof HttpError ? cause : notSoCompressed(cause);
  } finally {
    input.destroy();
    decoder.destroy();
  }
}

function notSoCompressed(cause: unknown): HttpError {
  return new HttpError('BAD_REQUEST', {
    cause,
    faults: [
      {
        code: 'BAD_HEADER.Content-Encoding',
        path: 'Content-Encoding',
        vi: 'Nội dung không được nén như Content-Encoding nêu, hoặc bị cắt cụt.',
        en: 'The body is not compressed as Content-Encoding says, or was cut short.',
      },
    ],
  });
}

/** Read before a refusal goes out, so that a sender that writes first and listens later can hear it; the rest is dropped after. */
const DRAIN_LIMIT_BYTES = 4 * 1024 * 1024;

/** Reads and drops what is left of a body, up to a limit. Never fails: the sender may be gone. */
export async function drain(req: Request): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      size += (chunk as Uint8Array).length;
      if (size > DRAIN_LIMIT_BYTES) break;
    }
  } catch {
    // Nobody is left to be told.
  }
  req.resume();
}
