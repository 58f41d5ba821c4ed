/**
 * The name a received document has on the wire. The axis gives UUIDs, and document systems keep them as such (.NET ones in a
 * `Guid`, which takes nothing else): a delivery's id, whose 26 characters hold 128 bits, is written as one.
 */
const PREFIX = 'dlv_';
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
/** 26 characters of 5 bits are 130: the first two are never set (times stay below 2^48 ms). */
const MOST = 1n << 128n;

/** The id of a delivery as a document system sees it; one in another form stays as it is. */
export function toDocId(deliveryId: string): string {
  let bits = 0n;
  for (const char of deliveryId.slice(PREFIX.length)) {
    const value = ALPHABET.indexOf(char);
    if (value === -1) return deliveryId;
    bits = (bits << 5n) | BigInt(value);
  }
  if (!deliveryId.startsWith(PREFIX) || deliveryId.length !== PREFIX.length + 26 || bits >= MOST)
    return deliveryId;
  const hex = bits.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The delivery a document system means: by {@link toDocId}'s form in any case and with braces, or by our own id. */
export function fromDocId(docId: string): string {
  const text = docId.trim().replace(/^\{(.*)\}$/, '$1');
  if (!UUID.test(text)) return docId.trim();
  let bits = BigInt(`0x${text.replaceAll('-', '')}`);
  let id = '';
  for (let at = 0; at < 26; at += 1) {
    id = ALPHABET[Number(bits & 31n)] + id;
    bits >>= 5n;
  }
  return PREFIX + id;
}
