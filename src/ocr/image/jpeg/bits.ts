/** Bits of the coded blocks of a JPEG: a zero is stuffed behind every 0xff (ITU-T T.81 §F.1.2.3). */
import type { HuffmanReader, HuffmanWriter } from './huffman.ts';

/** Reads bits up to the next marker. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;
  /** Bytes held that the JPEG does not have. */
  #missing = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Holds at least 16 bits; behind the end they are zeros. */
  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.#bytes[this.#at];
      const isMarker = byte === 0xff && this.#bytes[this.#at + 1] !== 0;
      if (byte !== undefined && !isMarker) this.#at += byte === 0xff ? 2 : 1;
      else this.#missing++;
      this.#held = ((this.#held << 8) | (isMarker ? 0 : (byte ?? 0))) & 0xffffff;
      this.#count += 8;
    }
  }

  /** @throws RangeError for a code that is none */
  symbol(table: HuffmanReader): number {
    this.#fill();
    const next = (this.#held >>> (this.#count - 16)) & 0xffff;
    const short = table.short[next >> 8] as number;
    if (short !== 0) {
      this.#count -= short >> 8;
      return short & 255;
    }
    for (let length = 9; length <= 16; length++) {
      const code = next >> (16 - length);
      if (code > (table.largest[length] as number)) continue;
      this.#count -= length;
      return table.symbols[code + (table.shift[length] as number)] as number;
    }
    throw new RangeError('a code that is none');
  }

  /** Up to 16 bits as they are. */
  bits(length: number): number {
    if (length === 0) return 0;
    this.#fill();
    this.#count -= length;
    return (this.#held >>> this.#count) & ((1 << length) - 1);
  }

  /** @throws RangeError when more was read than there is */
  assertWithin(): void {
    if (this.#missing * 8 > this.#count) throw new RangeError('the JPEG is cut short');
  }

  /** Goes on behind the restart marker that has to be next. @throws RangeError when it is not */
  restart(): void {
    this.#held = 0;
    this.#count = 0;
    this.#missing = 0;
    const marker = this.#bytes[this.#at + 1] ?? 0;
    if (this.#bytes[this.#at] !== 0xff || marker < 0xd0 || marker > 0xd7)
      throw new RangeError('a restart marker was expected');
    this.#at += 2;
  }
}

/** Writes bits into memory that grows. */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #held = 0;
  #count = 0;

  /** @param expected bytes there may be in the end */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected + 1024);
  }

  /** Up to 16 bits. */
  bits(value: number, length: number): void {
    this.#held = ((this.#held << length) | value) & 0xffffff;
    this.#count += length;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#byte((this.#held >>> this.#count) & 255);
    }
  }

  symbol(table: HuffmanWriter, symbol: number): void {
    const length = table.length[symbol] as number;
    if (length === 0) throw new RangeError('a symbol that is none');
    this.bits(table.code[symbol] as number, length);
  }

  #byte(byte: number): void {
    if (this.#length + 2 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
    if (byte === 0xff) this.#bytes[this.#length++] = 0;
  }

  /** What was written, the last byte filled up with ones. */
  end(): Uint8Array {
    if (this.#count > 0) this.bits((1 << (8 - this.#count)) - 1, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }
}
