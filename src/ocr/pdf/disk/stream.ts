/** Streams of a document whose octets stay in a file until they are needed, and then are read for that moment only. */
import { type PDFContext, type PDFDict, PDFRawStream } from 'pdf-lib';
import type { SpoolFile, StreamFile } from '../../file-octets.ts';

/** Streams from this size on stay in the file. */
export const LARGE_BYTES = 16 * 1024;

/** Where the octets are. */
interface Place {
  file: StreamFile;
  start: number;
  end: number;
}

/** pdf-lib's class with a constructor one may call: it gives its instances out by `of` alone. */
const RawStream = PDFRawStream as unknown as new (dict: PDFDict, contents: Uint8Array) => PDFRawStream;

/** A stream in a file: whoever asks for its contents gets them read anew. */
class FileStream extends RawStream {
  readonly #place: Place;
  /** What it was changed to, if it was. */
  #changed: Uint8Array | null = null;

  constructor(dict: PDFDict, place: Place) {
    super(dict, new Uint8Array());
    this.#place = place;
    Object.defineProperty(this, 'contents', {
      enumerable: true,
      get: () => this.#changed ?? place.file.read(place.start, place.end),
      set: (contents: Uint8Array) => {
        this.#changed = contents;
      },
    });
  }

  override getContentsSize(): number {
    return this.#changed?.length ?? this.#place.end - this.#place.start;
  }

  override clone(context?: PDFContext): PDFRawStream {
    const copy = new FileStream(this.dict.clone(context), this.#place);
    if (this.#changed) copy.contents = this.#changed.slice();
    return copy;
  }
}

/** The stream `dict` describes, with its octets at a place of a file. */
export function streamIn(file: StreamFile, dict: PDFDict, start: number, end: number): PDFRawStream {
  return new FileStream(dict, { file, start, end });
}

/** Puts the octets of all large streams of a document into the spool file. */
export function putAway(context: PDFContext, spool: SpoolFile): void {
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    if (!(object instanceof PDFRawStream) || object instanceof FileStream) continue;
    if (object.getContentsSize() < LARGE_BYTES) continue;
    const start = spool.append(object.contents);
    context.assign(ref, streamIn(spool, object.dict, start, spool.size));
  }
}
