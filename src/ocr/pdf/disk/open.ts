/** Opens a PDF of any size: its structure is taken into memory, its large streams stay in the file. */
import { readFile } from 'node:fs/promises';
import {
  type PDFContext,
  type PDFDict,
  PDFDocument,
  PDFParser,
  PDFRawStream,
  type PDFRef,
  type PDFStream,
} from 'pdf-lib';
import { FileBytes, type SpoolFile, type StreamFile } from '../../file-octets.ts';
import { LARGE_BYTES, putAway, streamIn } from './stream.ts';

const STREAM = 'stream';
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/** pdf-lib's parser, which reads a file from its beginning to its end and needs no table of where what is. */
class FileParser extends PDFParser {
  readonly #bytes: FileBytes;
  /** Whether what is parsed is an object whose octets may stay in the file. */
  #mayStay = false;
  #last = { start: 0, end: 0, stayed: false };

  constructor(file: StreamFile) {
    super(new Uint8Array());
    const parser = this;
    this.#bytes = new (class extends FileBytes {
      override slice(start: number, end: number): Uint8Array {
        const stayed = parser.#mayStay && end - start >= LARGE_BYTES;
        parser.#last = { start, end: Math.min(end, file.size), stayed };
        return stayed ? new Uint8Array() : super.slice(start, end);
      }
    })(file);
    // Its own way in takes bytes only.
    Object.assign(this, { bytes: this.#bytes });
  }

  protected override parseDictOrStream(ref?: PDFRef): PDFDict | PDFStream {
    const before = this.#mayStay;
    this.#mayStay = true;
    try {
      this.#last.stayed = false;
      const object = super.parseDictOrStream(ref);
      const { start, end, stayed } = this.#last;
      if (!stayed || !(object instanceof PDFRawStream)) return object;
      return streamIn(this.#bytes.file, object.dict, start, end);
    } finally {
      this.#mayStay = before;
      this.#last.stayed = false;
    }
  }

  /** The end of a stream that does not tell its length, as scanners' do: found by words instead of octet by octet. */
  protected override findEndOfStreamFallback(startPos: {
    line: number;
    column: number;
    offset: number;
  }): number {
    const bytes = this.#bytes;
    let nesting = 1;
    const first = bytes.offset();
    for (let at = first; ; ) {
      const word = bytes.indexOf(STREAM, at);
      // It ends nowhere: pdf-lib says so.
      if (word < 0) {
        bytes.moveTo(bytes.file.size);
        return super.findEndOfStreamFallback(startPos);
      }
      at = word + STREAM.length;
      const isEnd =
        word - 3 >= first && Buffer.from(bytes.slice(word - 3, word)).toString('latin1') === 'end';
      nesting += isEnd ? -1 : 1;
      if (nesting > 0) continue;
      bytes.moveTo(at);
      return beforeLineEnd(bytes, word - 3, first);
    }
  }
}

/** Where the octets end: a line end before `endstream` is none of them. */
function beforeLineEnd(bytes: FileBytes, end: number, first: number): number {
  const [before, last] = [bytes.peekAt(end - 2), bytes.peekAt(end - 1)];
  if (last === LINE_FEED && before === CARRIAGE_RETURN && end - 2 >= first) return end - 2;
  return (last === LINE_FEED || last === CARRIAGE_RETURN) && end - 1 >= first ? end - 1 : end;
}

/** `PDFDocument` of a context; the class itself makes one only from bytes. */
const Document = PDFDocument as unknown as new (
  context: PDFContext,
  ignoreEncryption: boolean,
  updateMetadata: boolean,
) => PDFDocument;

/**
 * Opens the document in `path`, which stays open as `file` until the document was written. One that is encrypted without
 * a password is decrypted, its large streams into the spool file.
 * @throws Error of pdf-lib's when it cannot be parsed
 */
export async function openDocument(path: string, file: StreamFile, spool: SpoolFile): Promise<PDFDocument> {
  const context = await new FileParser(file).parseDocument();
  if (!context.lookup(context.trailerInfo.Encrypt)) return new Document(context, false, false);
  const options = { updateMetadata: false, throwOnInvalidObject: false, password: '' };
  const document = await PDFDocument.load(await readFile(path), options);
  putAway(document.context, spool);
  return document;
}
