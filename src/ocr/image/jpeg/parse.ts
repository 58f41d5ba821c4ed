/** A baseline JPEG taken apart down to its coded blocks (ITU-T T.81 Annex B). */
import { type HuffmanReader, huffmanReader } from './huffman.ts';

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

const [SOF0, SOF1, SOF2, DHT, SOS, DQT, DRI] = [0xc0, 0xc1, 0xc2, 0xc4, 0xda, 0xdb, 0xdd];
/** Frames of other kinds: progressive, lossless, arithmetic. */
const isOtherFrame = (marker: number): boolean =>
  marker > SOF1 && marker <= 0xcf && ![DHT, 0xc8, 0xcc].includes(marker);

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
  const [bits, h1, h0, w1, w0, count] = body;
  if (bits !== 8 || count === undefined || body.length < 6 + 3 * count)
    throw new RangeError('a frame of another kind');
  const parts = Array.from({ length: count }, (_, i) => {
    const [id = 0, factors = 0, table = 0] = body.subarray(6 + 3 * i);
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  if (parts.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4))
    throw new RangeError('sampling factors that are none');
  const number = (high = 0, low = 0): number => high * 256 + low;
  return { width: number(w1, w0), height: number(h1, h0), parts };
}

/**
 * Reads the headers of a JPEG whose one scan holds everything.
 * @throws RangeError for a JPEG that is coded otherwise, or not sound
 */
export function parseBaseline(bytes: Uint8Array, cache: ReaderCache): BaselineJpeg {
  const tables: Tables = { quantisation: new Map(), huffman: new Map() };
  let frame: ReturnType<typeof readFrame> | null = null;
  let restart = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff) throw new RangeError('a marker was expected');
    // Bytes that fill up before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    const body = bytes.subarray(at + 4, end);
    if (isOtherFrame(marker)) throw new RangeError('a frame of another kind');
    if (marker === DQT) readQuantisation(body, tables);
    else if (marker === DHT) readHuffman(body, tables, cache);
    else if (marker === DRI) restart = ((body[0] as number) << 8) | (body[1] as number);
    else if (marker === SOF0 || marker === SOF1) frame = readFrame(body);
    else if (marker === SOS && frame) {
      const { width, height } = frame;
      return { width, height, components: scanOf(body, frame, tables), restart, bytes, start: end };
    }
    at = end;
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

/** Whether a PDF can show a JPEG (baseline, extended, or progressive, of eight bits) that has this size and so many components. */
export function isJpegOf(bytes: Uint8Array, width: number, height: number, components: number): boolean {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    const number = (from: number): number => ((bytes[from] as number) << 8) | (bytes[from + 1] as number);
    if (marker === SOF0 || marker === SOF1 || isOtherFrame(marker))
      return (
        marker <= SOF2 &&
        bytes[at + 4] === 8 &&
        number(at + 5) === height &&
        number(at + 7) === width &&
        bytes[at + 9] === components
      );
    if (marker === SOS) return false;
    at += marker === 0xff ? 1 : 2 + number(at + 2);
  }
  return false;
}
