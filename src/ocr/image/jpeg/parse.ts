/** A baseline JPEG taken apart down to its coded blocks (ITU-T T.81 Annex B). */
import { type HuffmanReader, huffmanReader } from './huffman.ts';
import { jpegSegments, MARKER, numberAt } from './segments.ts';

/** One colour of a JPEG. */
export interface JpegComponent {
  id: number;
  /** Blocks across and down in each unit of a scan of several components. */
  across: number;
  down: number;
  /** Quantisation table as it is in the file: 64 values of one or two bytes. */
  quantisation: Uint8Array;
  dc: HuffmanReader;
  ac: HuffmanReader;
}

/** A JPEG of one scan. */
export interface BaselineJpeg {
  width: number;
  height: number;
  components: JpegComponent[];
  /** Units between two restart markers, 0 for none. */
  restart: number;
  bytes: Uint8Array;
  /** Where the coded blocks begin. */
  start: number;
}

/** Frames of other kinds: progressive, lossless, arithmetic. */
const isOtherFrame = (marker: number): boolean =>
  marker > MARKER.sof1 && marker <= 0xcf && ![MARKER.dht, 0xc8, 0xcc].includes(marker);

/** Readers by the table they read: parts of one page have the same. */
export type ReaderCache = Map<string, HuffmanReader>;
/** Different tables of one page: four for each tile of 256 × 256 on 60 megapixels. A reader takes 3 kB. */
const MAX_READERS = 4000;

interface Tables {
  quantisation: Map<number, Uint8Array>;
  /** By class (0 DC, 1 AC) × 16 + id. */
  huffman: Map<number, HuffmanReader>;
}

function readQuantisation(body: Uint8Array, tables: Tables): void {
  for (let at = 0; at < body.length; ) {
    const head = body[at] as number;
    const size = head >> 4 === 0 ? 64 : 128;
    tables.quantisation.set(head & 15, body.slice(at + 1, at + 1 + size));
    at += 1 + size;
  }
}

function readHuffman(body: Uint8Array, tables: Tables, cache: ReaderCache): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const count = body.subarray(at + 1, at + 17).reduce((sum, n) => sum + n, 0);
    const table = body.subarray(at + 1, at + 17 + count);
    const key = Buffer.from(table).toString('latin1');
    const reader = cache.get(key) ?? huffmanReader(table);
    cache.set(key, reader);
    if (cache.size > MAX_READERS) throw new RangeError('too many Huffman tables');
    tables.huffman.set(body[at] as number, reader);
    at += 17 + count;
  }
}

/** Frame of eight-bit baseline or extended sequential coding. @throws RangeError for another */
function readFrame(body: Uint8Array) {
  const [bits, count] = [body[0], body[5]];
  if (bits !== 8 || count === undefined || body.length < 6 + 3 * count)
    throw new RangeError('a frame of another kind');
  const parts = Array.from({ length: count }, (_, i) => {
    const [id = 0, factors = 0, table = 0] = body.subarray(6 + 3 * i);
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  if (parts.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4))
    throw new RangeError('sampling factors that are none');
  return { width: numberAt(body, 3), height: numberAt(body, 1), parts };
}

/**
 * Reads the headers of a JPEG whose one scan holds everything.
 * @throws RangeError for a JPEG that is coded otherwise, or not sound
 */
export function parseBaseline(bytes: Uint8Array, cache: ReaderCache): BaselineJpeg {
  const tables: Tables = { quantisation: new Map(), huffman: new Map() };
  let frame: ReturnType<typeof readFrame> | null = null;
  let restart = 0;
  for (const { marker, body, end } of jpegSegments(bytes)) {
    if (isOtherFrame(marker)) throw new RangeError('a frame of another kind');
    if (marker === MARKER.dqt) readQuantisation(body, tables);
    else if (marker === MARKER.dht) readHuffman(body, tables, cache);
    else if (marker === MARKER.dri) restart = numberAt(body, 0);
    else if (marker === MARKER.sof0 || marker === MARKER.sof1) frame = readFrame(body);
    else if (marker === MARKER.sos && frame) {
      const { width, height } = frame;
      return { width, height, components: scanOf(body, frame, tables), restart, bytes, start: end };
    }
  }
  throw new RangeError('no scan');
}

function scanOf(body: Uint8Array, frame: ReturnType<typeof readFrame>, tables: Tables): JpegComponent[] {
  if (body[0] !== frame.parts.length) throw new RangeError('several scans');
  return frame.parts.map(({ id, across, down, table }, i) => {
    const [selected, coding = 0] = body.subarray(1 + 2 * i);
    const quantisation = tables.quantisation.get(table);
    const dc = tables.huffman.get(coding >> 4);
    const ac = tables.huffman.get(16 + (coding & 15));
    if (selected !== id || !quantisation || !dc || !ac) throw new RangeError('a table is missing');
    return { id, across, down, quantisation, dc, ac };
  });
}

/** The frame of a JPEG when it is one that PDF can carry: baseline, extended or progressive, of eight bits (ISO 32000-1 §7.4.8). */
function pdfFrame(bytes: Uint8Array): Uint8Array | null {
  for (const { marker, body } of jpegSegments(bytes))
    if (marker === MARKER.sof0 || marker === MARKER.sof1 || isOtherFrame(marker))
      return marker <= MARKER.sof2 && body[0] === 8 ? body : null;
  return null;
}

/** Whether programs that show PDFs can read a JPEG: libjpeg knows arithmetic coding and they do not. */
export const isPdfJpeg = (bytes: Uint8Array): boolean => pdfFrame(bytes) !== null;

/** Whether a PDF can show a JPEG (baseline, extended, or progressive, of eight bits) that has this size and so many components. */
export function isJpegOf(bytes: Uint8Array, width: number, height: number, components: number): boolean {
  const frame = pdfFrame(bytes);
  return (
    frame !== null && numberAt(frame, 1) === height && numberAt(frame, 3) === width && frame[5] === components
  );
}
