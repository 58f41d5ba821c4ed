import { createHash } from 'node:crypto';

/** Writes a digest as the public SDK does: every byte in hex without its leading zero (`0a` → `a`). */
export function sdkHex(sha256: Uint8Array): string {
  return Array.from(sha256, (byte) => byte.toString(16)).join('');
}

/**
 * Whether a `hash-file` header names this digest: in plain hex of 64 digits, in the SDK's form without leading zeros (measured
 * on SDKVXP-2.0.1), in hex with dashes (.NET's `BitConverter`), or in base64.
 * @param sha256 digest as bytes or as 64 hex digits
 */
export function matchesHashFile(header: string, sha256: Uint8Array | string): boolean {
  const bytes = typeof sha256 === 'string' ? Buffer.from(sha256, 'hex') : Buffer.from(sha256);
  if (bytes.length !== 32) return false;
  const given = header.trim();
  const hex = given.replaceAll('-', '').toLowerCase();
  return hex === bytes.toString('hex') || hex === sdkHex(bytes) || given === bytes.toString('base64');
}

/** What passed through {@link stripSendBody}: sizes and digests with and without the closing CRLF. */
export interface SendBodyFacts {
  /** Size and hex digest of the body without one closing CRLF. */
  sizeBytes: number;
  sha256: string;
  /** Hex digest of the body as it came. */
  rawSha256: string;
  hadCrlf: boolean;
}

/**
 * Passes a sendEdoc body on without its closing CRLF and digests it on the way: the SDK appends CRLF to the file and
 * hashes the file alone. `done` is called once, when all but that CRLF has passed; it says true where the CRLF is the file's own,
 * which is then passed on, too: other clients append none.
 */
export async function* stripSendBody(
  body: AsyncIterable<Uint8Array>,
  // biome-ignore lint/suspicious/noConfusingVoidType: who only looks says nothing
  done: (facts: SendBodyFacts) => boolean | void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let tail: Uint8Array = new Uint8Array(0);
  let sizeBytes = 0;
  for await (const chunk of body) {
    const joined = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const cut = Math.max(0, joined.length - 2);
    tail = joined.slice(cut);
    if (cut === 0) continue;
    const piece = joined.subarray(0, cut);
    hash.update(piece);
    sizeBytes += piece.length;
    yield piece;
  }
  const hadCrlf = tail.length === 2 && tail[0] === 0x0d && tail[1] === 0x0a;
  const rawSha256 = hash.copy().update(tail).digest('hex');
  if (!hadCrlf && tail.length > 0) {
    hash.update(tail);
    sizeBytes += tail.length;
    yield tail;
  }
  const isOwn = done({ sizeBytes, sha256: hash.digest('hex'), rawSha256, hadCrlf });
  if (isOwn === true && hadCrlf) yield tail;
}

/** Whether a closing CRLF belongs to the file that `hash-file` was made of. */
export function endsWithCrlf(hashFile: string, { sha256, rawSha256 }: SendBodyFacts): boolean {
  return !matchesHashFile(hashFile, sha256) && matchesHashFile(hashFile, rawSha256);
}
