/** CCITT Group 4 (ITU-T T.6) coding of black and white pages: a third to a tenth of what Flate needs for text. */

/** Codes as `bits` of T.4 tables 2 and 3: index 0 to 63 terminate a run, then one per multiple of 64. */
const WHITE_TERMINATING =
  '00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100'.split(
    ' ',
  );
const BLACK_TERMINATING =
  '0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111'.split(
    ' ',
  );
const WHITE_MAKEUP =
  '11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 011000 010011011'.split(
    ' ',
  );
const BLACK_MAKEUP =
  '0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 0000001100100 0000001100101'.split(
    ' ',
  );
/** 1792 to 2560, both colours. */
const EXTENDED_MAKEUP =
  '00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 000000011100 000000011101 000000011110 000000011111'.split(
    ' ',
  );
const PASS = '0001';
const HORIZONTAL = '001';
/** Vertical mode: a1 is this many pixels right of b1, −3 to 3. */
const VERTICAL = ['0000010', '000010', '010', '1', '011', '000011', '0000011'];
const END_OF_BLOCK = '000000000001000000000001';

class BitWriter {
  #bytes = new Uint8Array(65_536);
  #length = 0;
  #bits = 0;
  #count = 0;

  write(code: string): void {
    for (let i = 0; i < code.length; i++) {
      this.#bits = (this.#bits << 1) | (code.charCodeAt(i) & 1);
      if (++this.#count === 8) this.#flush();
    }
  }

  #flush(): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = this.#bits & 0xff;
    this.#bits = 0;
    this.#count = 0;
  }

  end(): Uint8Array {
    while (this.#count !== 0) this.write('0');
    return this.#bytes.slice(0, this.#length);
  }
}

function writeRun(out: BitWriter, length: number, black: boolean): void {
  let left = length;
  while (left >= 2560) {
    out.write(EXTENDED_MAKEUP[12] as string);
    left -= 2560;
  }
  if (left >= 1792) {
    out.write(EXTENDED_MAKEUP[(left >> 6) - 28] as string);
    left &= 63;
  } else if (left >= 64) {
    out.write((black ? BLACK_MAKEUP : WHITE_MAKEUP)[(left >> 6) - 1] as string);
    left &= 63;
  }
  out.write((black ? BLACK_TERMINATING : WHITE_TERMINATING)[left] as string);
}

/** Places where the colour changes, first to black, closed by the width (twice, as guards). */
function changesOf(rows: Uint8Array, start: number, width: number): number[] {
  const changes: number[] = [];
  let white = true;
  for (let x = 0; x < width; x++) {
    const byte = rows[start + (x >> 3)] as number;
    // Whole bytes of the colour at hand are passed over at once.
    if ((x & 7) === 0 && byte === (white ? 0xff : 0) && x + 8 <= width) {
      x += 7;
      continue;
    }
    const isWhite: boolean = (byte & (0x80 >> (x & 7))) !== 0;
    if (isWhite !== white) {
      changes.push(x);
      white = isWhite;
    }
  }
  changes.push(width, width, width);
  return changes;
}

/** Codes one row against the one above (T.6 §2.2). */
function writeRow(out: BitWriter, row: readonly number[], above: readonly number[], width: number): void {
  let a0 = -1;
  let black = false;
  let at = 0;
  let b = 0;
  while (a0 < width) {
    while (at < row.length && (row[at] as number) <= a0 && (row[at] as number) < width) at++;
    // The changes of a row alternate: even ones turn black.
    if ((at & 1) !== (black ? 1 : 0) && (row[at] as number) < width) at++;
    const a1 = row[at] as number;
    b = Math.max(0, b - 2);
    while (
      b < above.length &&
      (above[b] as number) < width &&
      ((above[b] as number) <= a0 || (b & 1) !== (black ? 1 : 0))
    )
      b++;
    const b1 = above[b] ?? width;
    const b2 = b1 >= width ? width : (above[b + 1] ?? width);
    if (b2 < a1) {
      out.write(PASS);
      a0 = b2;
      continue;
    }
    const offset = a1 - b1;
    if (offset >= -3 && offset <= 3) {
      out.write(VERTICAL[offset + 3] as string);
      a0 = a1;
      black = !black;
      continue;
    }
    const a2 = a1 >= width ? width : (row[at + 1] ?? width);
    out.write(HORIZONTAL);
    writeRun(out, a1 - Math.max(0, a0), black);
    writeRun(out, a2 - a1, !black);
    a0 = a2;
  }
}

/**
 * Encodes packed rows, one bit per pixel, 1 white, rows padded to bytes.
 * @returns data for `/CCITTFaxDecode` with `/K -1` and `/BlackIs1 false`
 */
export function encodeGroup4(rows: Uint8Array, width: number, height: number): Uint8Array {
  const out = new BitWriter();
  const stride = Math.ceil(width / 8);
  let above: readonly number[] = [width, width, width];
  for (let y = 0; y < height; y++) {
    const row = changesOf(rows, y * stride, width);
    writeRow(out, row, above, width);
    above = row;
  }
  out.write(END_OF_BLOCK);
  return out.end();
}
