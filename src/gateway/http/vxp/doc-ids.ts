/**
 * The name a received document has on the wire. The axis gives UUIDs, and document systems keep them as such (.NET ones in a
 * `Guid`, which takes nothing else): a delivery's id, whose 26 characters hold 128 bits, is written as one.
 */
import { decodeBase32, encodeBase32 } from '../../store/index.ts';

const PREFIX = 'dlv_';
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const LENGTH = 26;
/** 26 characters of 5 bits are 130: the first two are never set (times stay below 2^48 ms). */
const MOST = 1n << 128n;

/** The id of a delivery as a document system sees it; one in another form stays as it is. */
export function toDocId(deliveryId: string): string {
  const text = deliveryId.slice(PREFIX.length);
  const bits = decodeBase32(text);
  if (bits === null || bits >= MOST || text.length !== LENGTH || !deliveryId.startsWith(PREFIX))
    return deliveryId;
  const hex = bits.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The delivery a document system means: by {@link toDocId}'s form in any case and with braces, or by our own id. */
export function fromDocId(docId: string): string {
  const text = docId.trim().replace(/^\{(.*)\}$/, '$1');
  if (!UUID.test(text)) return docId.trim();
  return PREFIX + encodeBase32(BigInt(`0x${text.replaceAll('-', '')}`), LENGTH);
}
