/** Identifiers that sort by time: 10 characters of milliseconds and 16 random, Crockford base 32, after a prefix. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
let lastTime = 0;
let lastRandom = 0n;

/** `value` in Crockford base 32, as the last `length` characters. */
export function encodeBase32(value: bigint, length: number): string {
  let rest = value;
  let out = '';
  for (let i = 0; i < length; i += 1) {
    out = ALPHABET[Number(rest & 31n)] + out;
    rest >>= 5n;
  }
  return out;
}

/** The value of a text {@link encodeBase32} may have written; null when a character is none of its own. */
export function decodeBase32(text: string): bigint | null {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit === -1) return null;
    value = (value << 5n) | BigInt(digit);
  }
  return value;
}

/** A new id, ascending within this process even inside one millisecond. `prefix` such as `pkg`, `dlv`, `ocr`. */
export function newId(prefix: string, now: number = Date.now()): string {
  const time = Math.max(now, lastTime);
  lastRandom = time === lastTime ? lastRandom + 1n : BigInt(`0x${randomBytes(9).toString('hex')}`);
  lastTime = time;
  return `${prefix}_${encodeBase32(BigInt(time), 10)}${encodeBase32(lastRandom, 16)}`;
}
