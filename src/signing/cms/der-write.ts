/** Writer for DER (X.690 §10): just the types that certificates, CRLs, PKCS#12 and CMS need. */

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest & 0xff);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

/** One value of any tag around ready content octets. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag), lengthOctets(length), ...content]));
}

/** SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x30, ...parts);
}

/** SET OF, its members sorted as X.690 §11.6 demands. */
export function setOf(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x31, ...[...parts].sort((a, b) => Buffer.compare(a, b)));
}

/** `[n]` constructed: EXPLICIT around a value, or IMPLICIT for a SEQUENCE/SET when given its content. */
export function context(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0xa0 | number, ...parts);
}

/** `[n] IMPLICIT` of a primitive type. */
export function contextPrimitive(number: number, content: Uint8Array): Uint8Array {
  return tlv(0x80 | number, content);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map(Number);
  const [first = 0, second = 0, ...rest] = arcs;
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const group = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      group.unshift(0x80 | (left % 128));
    octets.push(...group);
  }
  return tlv(0x06, Uint8Array.from(octets));
}

/** INTEGER from a number or from big-endian magnitude octets (taken as positive). */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  if (typeof value === 'object') {
    let start = 0;
    while (start < value.length - 1 && value[start] === 0) start += 1;
    const magnitude = value.subarray(start);
    return (magnitude[0] ?? 0) >= 0x80 ? tlv(0x02, Uint8Array.of(0), magnitude) : tlv(0x02, magnitude);
  }
  const hex = value.toString(16);
  return integer(new Uint8Array(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')));
}

/** OCTET STRING. */
export function octetString(content: Uint8Array): Uint8Array {
  return tlv(0x04, content);
}

/** BIT STRING without unused bits unless stated. */
export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return tlv(0x03, Uint8Array.of(unusedBits), content);
}

/** BOOLEAN. */
export function boolean(value: boolean): Uint8Array {
  return tlv(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** NULL. */
export function nullValue(): Uint8Array {
  return Uint8Array.of(0x05, 0x00);
}

/** UTF8String. */
export function utf8String(text: string): Uint8Array {
  return tlv(0x0c, new Uint8Array(Buffer.from(text, 'utf8')));
}

/** PrintableString or IA5String text under the given tag (0x13, 0x16). */
export function asciiString(tag: number, text: string): Uint8Array {
  return tlv(tag, new Uint8Array(Buffer.from(text, 'latin1')));
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5), whole seconds, `Z`. */
export function time(value: Date): Uint8Array {
  const digits = value
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return value.getUTCFullYear() < 2050 ? asciiString(0x17, digits.slice(2)) : asciiString(0x18, digits);
}

/** GeneralizedTime, whole seconds. */
export function generalizedTime(value: Date): Uint8Array {
  return asciiString(
    0x18,
    value
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
      .replace(/[-:T]/g, ''),
  );
}
