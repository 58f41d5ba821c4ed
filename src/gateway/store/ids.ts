/** Identifiers that sort by time: 10 characters of milliseconds and 16 random, Crockford base 32, after a prefix. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
let lastTime = 0;
let lastRandom = 0n;

function encode(value: bigint, length: number): string {
  let rest = value;
  let out = '';
  for (let i = 0; i < length; i += 1) {
    out = ALPHABET[Number(rest & 31n)] + out;
    rest >>= 5n;
  }
  return out;
}

/** A new id, ascending within this process even inside one millisecond. `prefix` such as `pkg`, `dlv`, `ocr`. */
export function newId(prefix: string, now: number = Date.now()): string {
  const time = Math.max(now, lastTime);
  lastRandom = time === lastTime ? lastRandom + 1n : BigInt(`0x${randomBytes(9).toString('hex')}`);
  lastTime = time;
  return `${prefix}_${encode(BigInt(time), 10)}${encode(lastRandom, 16)}`;
}
