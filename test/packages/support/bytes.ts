import { PackageError, type PackageErrorCode } from '../../../src/packages/index.ts';

/** Bytes as a stream, cut into chunks of `chunkBytes` (default: one chunk). */
export async function* streamOf(
  bytes: Uint8Array | string,
  chunkBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
  if (buffer.length <= chunkBytes) {
    yield buffer;
    return;
  }
  for (let at = 0; at < buffer.length; at += chunkBytes) yield buffer.subarray(at, at + chunkBytes);
}

/** Everything a stream gives, as one buffer. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** The PackageError some work fails with; fails the test when it succeeds or fails otherwise. */
export async function failureOf(
  work: () => Promise<unknown> | unknown,
  code?: PackageErrorCode,
): Promise<PackageError> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    if (code !== undefined && error.code !== code)
      throw new Error(`expected ${code}, got ${error.code}`, { cause: error });
    return error;
  }
  throw new Error('expected a PackageError, nothing was thrown');
}
