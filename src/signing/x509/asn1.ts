/** What X.509 structures need beside the plain DER reader: one error for all of them, bit strings, times, walkers. */
import { type DerNode, readDer, readTime } from '../cms/der.ts';
import { SigningError, type SigningErrorCode } from '../errors.ts';

/** Bounds for one certificate, OCSP answer or time-stamp token. */
export const MAX_OBJECT_BYTES = 1024 * 1024;

/** Values in one certificate or answer: the largest real ones (thousands of names) stay below a tenth of it. */
const LIMITS = { maxDepth: 32, maxNodes: 50_000 };

/**
 * Decodes one DER object under the limits of this folder.
 * @throws SigningError with `code` when it is not ASN.1 within the limits.
 */
export function decode(bytes: Uint8Array, code: SigningErrorCode): DerNode {
  if (bytes.length > MAX_OBJECT_BYTES) throw new SigningError(code, { details: { sizeBytes: bytes.length } });
  return guard(code, () => readDer(bytes, { limits: LIMITS }));
}

/** Runs a decoder and turns whatever it throws into one SigningError with `code`. */
export function guard<T>(code: SigningErrorCode, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof SigningError) throw cause;
    throw new SigningError(code, { cause });
  }
}

/** Decodes ASN.1 nested in octets, e.g. the value of an extension. @throws DerError */
export function nested(bytes: Uint8Array): DerNode {
  return readDer(bytes, { limits: LIMITS });
}

/** Octets of a BIT STRING that holds whole octets (keys, signatures). */
export function bitOctets(node: DerNode): Uint8Array {
  if (node.tag !== 0x03 || node.content.length < 1 || node.content[0] !== 0)
    throw new Error('bit string of whole octets expected');
  return node.content.subarray(1);
}

/** Numbers of the bits set in a named-bit list such as KeyUsage (X.680 §22.7); the tag may be an implicit one. */
export function namedBits(content: Uint8Array): ReadonlySet<number> {
  const unused = content[0];
  if (unused === undefined || unused > 7) throw new Error('malformed bit list');
  const set = new Set<number>();
  for (let index = 0; index < Math.min(4, content.length - 1) * 8; index += 1) {
    if (((content[1 + (index >> 3)] ?? 0) & (0x80 >> (index & 7))) !== 0) set.add(index);
  }
  return set;
}

/** Milliseconds since 1970 of a UTCTime or GeneralizedTime. */
export function timeOf(node: DerNode): number {
  const time = readTime(node);
  if (time === null) throw new Error('time is not UTCTime or GeneralizedTime with Z');
  return time.getTime();
}

/** A date of a certificate: whole seconds, all of them written (RFC 5280 §4.1.2.5.1, §4.1.2.5.2). Milliseconds since 1970. */
export function validityTimeOf(node: DerNode): number {
  if (node.content.length !== (node.tag === 0x17 ? 13 : 15))
    throw new Error('a date is not in whole seconds');
  return timeOf(node);
}

/** Octets of an INTEGER as they stand (two's complement: a leading 00 tells 255 from -1), hex, lower case. */
export function integerHex(node: DerNode): string {
  if (node.tag !== 0x02 || node.content.length === 0) throw new Error('integer expected');
  return Buffer.from(node.content).toString('hex');
}

/** BOOLEAN. */
export function booleanOf(node: DerNode): boolean {
  if (node.content.length !== 1) throw new Error('boolean of one octet expected');
  return node.content[0] !== 0;
}

/** A non-negative INTEGER from content octets, for implicit tags; values over 2^31 are capped (path lengths, skip counts). */
export function smallInteger(content: Uint8Array): number {
  if (content.length === 0 || (content[0] ?? 0) >= 0x80) throw new Error('non-negative integer expected');
  let value = 0;
  for (const octet of content) value = Math.min(0x7fffffff, value * 256 + octet);
  return value;
}

/** True when both hold the same octets. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
