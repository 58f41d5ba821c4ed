/** What kind of file some octets are, from their beginning. */

/** Formats a report can name. */
export type FileFormat = 'PDF' | 'XML' | 'CMS' | 'ASIC-S' | 'ASIC-E' | 'EDXML' | 'UNKNOWN';

/** How far in a PDF header may stand (ISO 32000-2 Annex I) and a root element be looked for. */
const HEAD_BYTES = 1024;
const ROOT_BYTES = 64 * 1024;

function decodeHead(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, ROOT_BYTES));
  if (head[0] === 0xff && head[1] === 0xfe) return head.toString('utf16le');
  if (head[0] === 0xfe && head[1] === 0xff)
    return Buffer.from(head.subarray(0, head.length & ~1))
      .swap16()
      .toString('utf16le');
  if (head[0] === 0x3c && head[1] === 0) return head.toString('utf16le');
  return head.toString('latin1');
}

/** Name of the first element, with the prolog skipped; null when there is none. */
function rootOf(text: string): string | null {
  const body = text.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '');
  if (!/^\s*</.test(body)) return null;
  return /<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]/.exec(body)?.[1] ?? '';
}

function asicKind(bytes: Uint8Array): FileFormat {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  return head.includes('vnd.etsi.asic-s') ? 'ASIC-S' : 'ASIC-E';
}

function isPem(bytes: Uint8Array): boolean {
  return /^\s*-----BEGIN (?:CMS|PKCS7|PKCS #7 SIGNED DATA)-----/.test(
    Buffer.from(bytes.subarray(0, 200)).toString('latin1'),
  );
}

/** Zero octets after a message of definite length are room that was reserved and not used, as in PDF. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  const count = (bytes[1] ?? 0) & 0x7f;
  if ((bytes[1] ?? 0) <= 0x80 || count > 4) return bytes;
  const length = bytes.subarray(2, 2 + count).reduce((sum, octet) => sum * 256 + octet, 0);
  const end = 2 + count + length;
  return bytes.subarray(end).every((octet) => octet === 0) ? bytes.subarray(0, end) : bytes;
}

/**
 * Octets of a CMS message, out of its PEM armour when it has one. A file with several messages, or with one that is not base64
 * alone, is handed back as it is, which is no message: readers would take different ones.
 */
export function toDer(bytes: Uint8Array): Uint8Array {
  if (!isPem(bytes)) return withoutPadding(bytes);
  const text = Buffer.from(bytes).toString('latin1');
  const [, , body = ''] = /^\s*-----BEGIN ([^-]+)-----([^-]*)-----END \1-----/.exec(text) ?? [];
  const base64 = body.replace(/\s/g, '');
  const several = text.indexOf('-----BEGIN') !== text.lastIndexOf('-----BEGIN');
  if (several || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return bytes;
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** SignedData by its OID within the first octets (DER or BER, RFC 5652 §3). */
function isCms(bytes: Uint8Array): boolean {
  const oid = Buffer.from('06092a864886f70d0107', 'hex');
  return bytes[0] === 0x30 && Buffer.from(bytes.subarray(0, 16)).includes(oid);
}

/** Tells the format of a file. edXML is XML whose root element is `edXML` (QCVN 102:2016/BTTTT). */
export function sniffFormat(bytes: Uint8Array): FileFormat {
  if (isCms(bytes) || isPem(bytes)) return 'CMS';
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return asicKind(bytes);
  if (Buffer.from(bytes.subarray(0, HEAD_BYTES)).includes('%PDF-')) return 'PDF';
  const root = rootOf(decodeHead(bytes));
  if (root === null) return 'UNKNOWN';
  return /^edxml$/i.test(root) ? 'EDXML' : 'XML';
}
