/** Streaming base64 (RFC 4648 §4): constant memory whatever the size. */

/** What {@link decodeBase64} throws: characters outside the alphabet, or bytes missing at the end. */
export class Base64Error extends Error {
  override readonly name = 'Base64Error';
}

/** Decodes base64 arriving in pieces cut anywhere; white space is skipped, anything else foreign throws Base64Error. */
export async function* decodeBase64(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let carry = '';
  let ended = false;
  for await (const chunk of source) {
    const text =
      carry +
      Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1').replace(/\s+/g, '');
    const usable = text.length - (text.length % 4);
    carry = text.slice(usable);
    if (usable === 0) continue;
    if (ended) throw new Base64Error('data after the padding');
    const piece = text.slice(0, usable);
    ended = piece.endsWith('=');
    yield decodeQuads(piece);
  }
  if (carry !== '') {
    if (ended || carry.length === 1) throw new Base64Error('truncated');
    yield decodeQuads(carry.padEnd(4, '='));
  }
}

function decodeQuads(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Base64Error('not base64');
  return Buffer.from(text, 'base64');
}

/** Encodes bytes arriving in pieces cut anywhere as one line of base64. */
export async function* encodeBase64(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let carry: Uint8Array = new Uint8Array(0);
  for await (const chunk of source) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const usable = bytes.length - (bytes.length % 3);
    carry = bytes.slice(usable);
    if (usable > 0) yield Buffer.from(Buffer.from(bytes.subarray(0, usable)).toString('base64'), 'latin1');
  }
  if (carry.length > 0) yield Buffer.from(Buffer.from(carry).toString('base64'), 'latin1');
}
