/** Writes a document of pdf-lib's to a file, object by object: its own way holds the whole file in memory a second time. */
import { open } from 'node:fs/promises';
import { PDFCrossRefSection, type PDFDocument, PDFTrailer, PDFTrailerDict } from 'pdf-lib';

/** What is collected before it goes to disk. */
const PIECE_BYTES = 1024 * 1024;

/** The bytes `document.save` gives without object streams, in a new file readable by its owner alone. */
export async function saveTo(document: PDFDocument, path: string): Promise<void> {
  await document.flush();
  const { context } = document;
  const file = await open(path, 'w', 0o600);
  let pieces: Uint8Array[] = [];
  let held = 0;
  let offset = 0;
  const flush = async (): Promise<void> => {
    await file.writeFile(Buffer.concat(pieces));
    pieces = [];
    held = 0;
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    pieces.push(bytes);
    held += bytes.length;
    offset += bytes.length;
    if (held > PIECE_BYTES) await flush();
  };
  try {
    await write(bytesOf(context.header));
    await write(Buffer.from('\n\n'));
    const table = PDFCrossRefSection.create();
    for (const [ref, object] of context.enumerateIndirectObjects()) {
      table.addEntry(ref, offset);
      await write(Buffer.from(`${ref.objectNumber} ${ref.generationNumber} obj\n`));
      await write(bytesOf(object));
      await write(Buffer.from('\nendobj\n\n'));
    }
    const start = offset;
    await write(bytesOf(table));
    const { Root, Info, ID } = context.trailerInfo;
    const trailer = context.obj({ Size: context.largestObjectNumber + 1, Root, Info, ID });
    await write(Buffer.from('\n'));
    await write(bytesOf(PDFTrailerDict.of(trailer)));
    await write(Buffer.from('\n\n'));
    await write(bytesOf(PDFTrailer.forLastCrossRefSectionOffset(start)));
    await flush();
  } finally {
    await file.close();
  }
}

/** A part of a PDF that knows its size. */
interface Part {
  sizeInBytes(): number;
  copyBytesInto(buffer: Uint8Array, offset: number): number;
}

function bytesOf(part: Part): Uint8Array {
  const bytes = new Uint8Array(part.sizeInBytes());
  part.copyBytesInto(bytes, 0);
  return bytes;
}
