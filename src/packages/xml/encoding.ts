import { PackageError, type PackageFamily } from '../errors.ts';

/** UTF-8 bytes of an XML file, and the encoding its bytes show: known from the first piece on. */
export interface Utf8Source {
  bytes: AsyncIterable<Uint8Array>;
  writtenIn(): 'utf-8' | 'utf-16le' | 'utf-16be';
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
  let written: ReturnType<Utf8Source['writtenIn']> = 'utf-8';
  async function* run(): AsyncGenerator<Uint8Array> {
    let head: Buffer | undefined = Buffer.alloc(0);
    let decode: ((chunk?: Uint8Array) => Uint8Array) | undefined;
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
      written = encodingOf(head);
      decode = written === 'utf-8' ? undefined : transcoder(written, family);
      yield decode === undefined ? withoutMark(head) : decode(head);
      head = undefined;
    }
    if (head !== undefined) yield withoutMark(head);
    // Half a character may be left.
    decode?.();
  }
  return { bytes: run(), writtenIn: () => written };
}

function withoutMark(head: Buffer): Buffer {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
}

/** By the byte order mark, or by the `<` every XML file starts with. */
function encodingOf(head: Buffer): ReturnType<Utf8Source['writtenIn']> {
  const start = head.readUInt16BE(0);
  if (start === 0xfffe || start === 0x3c00) return 'utf-16le';
  return start === 0xfeff || start === 0x003c ? 'utf-16be' : 'utf-8';
}

/** Called without a chunk when the file is over. */
function transcoder(label: string, family: PackageFamily): (chunk?: Uint8Array) => Uint8Array {
  const decoder = new TextDecoder(label, { fatal: true });
  return (chunk) => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }), 'utf8');
    } catch (cause) {
      throw new PackageError(`${family}_BAD_ENCODING`, {}, cause);
    }
  };
}
