import { PackageError, type PackageFamily } from '../errors.ts';

/** UTF-8 bytes of an XML file, and whether they were transcoded (then its declared encoding says nothing). */
export interface Utf8Source {
  bytes: AsyncIterable<Uint8Array>;
  transcoded(): boolean;
}

/**
 * Turns a file into UTF-8 without byte order mark: UTF-8 passes through, UTF-16 (either order, with or without mark)
 * is transcoded (XML 1.0 App. F). Counts the bytes read and throws `*_TOO_LARGE` past `maxBytes`.
 */
export function asUtf8(
  source: AsyncIterable<Uint8Array>,
  family: PackageFamily,
  maxBytes: number,
): Utf8Source {
  let transcoded = false;
  async function* run(): AsyncGenerator<Uint8Array> {
    let head: Buffer | undefined = Buffer.alloc(0);
    let decode: ((chunk: Uint8Array) => Uint8Array) | undefined;
    let total = 0;
    for await (const chunk of source) {
      total += chunk.byteLength;
      if (total > maxBytes) throw new PackageError(`${family}_TOO_LARGE`, { limit: maxBytes });
      if (head === undefined) {
        yield decode === undefined ? chunk : decode(chunk);
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < 4) continue;
      decode = transcoderFor(head, family);
      transcoded = decode !== undefined;
      yield decode === undefined ? withoutMark(head) : decode(head);
      head = undefined;
    }
    if (head !== undefined) yield withoutMark(head);
  }
  return { bytes: run(), transcoded: () => transcoded };
}

function withoutMark(head: Buffer): Buffer {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
}

function transcoderFor(head: Buffer, family: PackageFamily): ((chunk: Uint8Array) => Uint8Array) | undefined {
  const start = head.readUInt16BE(0);
  const label =
    start === 0xfffe || start === 0x3c00
      ? 'utf-16le'
      : start === 0xfeff || start === 0x003c
        ? 'utf-16be'
        : undefined;
  if (label === undefined) return undefined;
  const decoder = new TextDecoder(label, { fatal: true });
  return (chunk) => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
    } catch (cause) {
      throw new PackageError(`${family}_BAD_ENCODING`, {}, cause);
    }
  };
}
