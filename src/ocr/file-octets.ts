/** Bytes of a file, looked at through a window: a scan of hundreds of megabytes is never in memory as a whole. */
import { closeSync, createReadStream, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** A file that streams of a document lie in. */
export interface StreamFile {
  readonly size: number;
  /** @throws RangeError when the file has become shorter */
  read(start: number, end: number): Uint8Array;
  close(): void;
}

/** Opens a file to read from. */
export function openStreamFile(path: string): StreamFile {
  const fd = openSync(path, 'r');
  return {
    size: fstatSync(fd).size,
    read: (start, end) => readRange(fd, start, end),
    close: () => closeSync(fd),
  };
}

/** A file that large streams are put away in until the document is written. */
export interface SpoolFile extends StreamFile {
  /** @returns where the bytes begin */
  append(bytes: Uint8Array): number;
}

/** Makes a new spool file, readable by its owner alone. */
export function createSpoolFile(path: string): SpoolFile {
  const fd = openSync(path, 'w+', 0o600);
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(bytes) {
      const start = size;
      for (let done = 0; done < bytes.length; )
        done += writeSync(fd, bytes, done, bytes.length - done, start + done);
      size += bytes.length;
      return start;
    },
    read: (start, end) => readRange(fd, start, end),
    close: () => closeSync(fd),
  };
}

function readRange(fd: number, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, end - start));
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(fd, bytes, done, bytes.length - done, start + done);
    if (count === 0) throw new RangeError('the file is shorter than it was');
    done += count;
  }
  return bytes;
}

/** Bytes of a file searched at a time: as one text, a file of hundreds of megabytes would be there twice. */
const PIECE_BYTES = 1024 * 1024;

/**
 * A file as Latin-1 text, piece after piece.
 * @param overlap characters of the end of a piece that begin the next: what is searched for may lie across the cut
 */
export async function* textPieces(path: string, overlap: number): AsyncGenerator<string> {
  let tail = '';
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    const text = tail + (piece as Buffer).toString('latin1');
    yield text;
    tail = text.slice(-overlap);
  }
}

const WINDOW_BYTES = 64 * 1024;
/** A parser steps back by a word: what lies so far before a place is loaded with it. */
const BACK_BYTES = 1024;

/** pdf-lib's `ByteStream` over a file. */
export class FileBytes {
  readonly file: StreamFile;
  #at = 0;
  #from = 0;
  #window: Uint8Array = new Uint8Array();

  constructor(file: StreamFile) {
    this.file = file;
  }

  get size(): number {
    return this.file.size;
  }

  moveTo(offset: number): void {
    this.#at = offset;
  }

  next(): number {
    return this.peekAt(this.#at++);
  }

  assertNext(expected: number): number {
    const byte = this.peek();
    if (byte !== expected) throw new SyntaxError(`byte ${expected} expected at ${this.#at}, not ${byte}`);
    return this.next();
  }

  peek(): number {
    return this.peekAt(this.#at);
  }

  peekAhead(steps: number): number {
    return this.peekAt(this.#at + steps);
  }

  /** `undefined` (as an array gives it) outside of the file. */
  peekAt(offset: number): number {
    const byte = this.#window[offset - this.#from];
    if (byte !== undefined || offset < 0 || offset >= this.file.size) return byte as number;
    this.#load(offset);
    return this.#window[offset - this.#from] as number;
  }

  done(): boolean {
    return this.#at >= this.file.size;
  }

  offset(): number {
    return this.#at;
  }

  slice(start: number, end: number): Uint8Array {
    return this.file.read(start, Math.min(end, this.file.size));
  }

  position(): { line: number; column: number; offset: number } {
    return { line: 0, column: 0, offset: this.#at };
  }

  /** The first place of a word from `offset` on, -1 when it is nowhere. */
  indexOf(word: string, offset: number): number {
    for (let at = offset; at < this.file.size; ) {
      if (at < this.#from || at >= this.#from + this.#window.length) this.#load(at);
      const window = Buffer.from(this.#window.buffer, this.#window.byteOffset, this.#window.length);
      const found = window.indexOf(word, at - this.#from, 'latin1');
      if (found >= 0) return this.#from + found;
      const end = this.#from + this.#window.length;
      if (end >= this.file.size) return -1;
      // The word may lie across the end; the next window begins before it.
      at = Math.max(at, end - word.length + 1);
      this.#load(at);
    }
    return -1;
  }

  #load(offset: number): void {
    this.#from = Math.max(0, offset - BACK_BYTES);
    this.#window = this.file.read(this.#from, Math.min(this.file.size, this.#from + WINDOW_BYTES));
  }
}
