/** Huffman codes of baseline JPEG (ITU-T T.81 Annex C and F). */

/** Codes to read: eight bits at once, longer ones length by length. */
export interface HuffmanReader {
  /** By the next eight bits: length of the code × 256 + its symbol, 0 when it is longer. */
  short: Uint16Array;
  /** Largest code of each length 1 to 16, −1 when there is none; index 17 ends the search. */
  largest: Int32Array;
  /** What added to a code of that length gives its place among the symbols. */
  shift: Int32Array;
  symbols: Uint8Array;
}

/** Codes to write, by symbol. */
export interface HuffmanWriter {
  code: Uint16Array;
  /** Bits of the code, 0 for a symbol without one. */
  length: Uint8Array;
}

const COUNTS = 16;

/**
 * @param table 16 counts of codes by length, then the symbols (T.81 §B.2.4.2)
 * @throws RangeError when it is cut short, or has more codes than there can be
 */
export function huffmanReader(table: Uint8Array): HuffmanReader {
  const short = new Uint16Array(256);
  const largest = new Int32Array(18).fill(-1);
  const shift = new Int32Array(17);
  const symbols = table.slice(COUNTS);
  let code = 0;
  let at = 0;
  for (let length = 1; length <= 16; length++) {
    const count = table[length - 1] as number;
    shift[length] = at - code;
    for (let i = 0; i < count; i++, code++, at++) {
      if (at >= symbols.length || code >= 1 << length) throw new RangeError('a Huffman table that is none');
      if (length > 8) continue;
      const first = code << (8 - length);
      short.fill((length << 8) | (symbols[at] as number), first, first + (1 << (8 - length)));
    }
    if (count > 0) largest[length] = code - 1;
    code <<= 1;
  }
  return { short, largest, shift, symbols };
}

function huffmanWriter(table: Uint8Array): HuffmanWriter {
  const code = new Uint16Array(256);
  const length = new Uint8Array(256);
  let next = 0;
  let at = COUNTS;
  for (let bits = 1; bits <= 16; bits++, next <<= 1)
    for (let i = 0; i < (table[bits - 1] as number); i++, next++) {
      const symbol = table[at++] as number;
      code[symbol] = next;
      length[symbol] = bits;
    }
  return { code, length };
}

/** The tables of T.81 Annex K.3, counts and symbols: they have a code for whatever a baseline JPEG may hold. */
const typical = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const TYPICAL = {
  luma: {
    dc: typical('00010501010101010100000000000000000102030405060708090a0b'),
    ac: typical(
      '0002010303020403050504040000017d' +
        '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
    ),
  },
  chroma: {
    dc: typical('00030101010101010101010000000000000102030405060708090a0b'),
    ac: typical(
      '00020102040403040705040400010277' +
        '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
    ),
  },
};

/** The codes of luminance and of chrominance, and the tables that say so in a file. */
export const WRITTEN = {
  luma: { dc: huffmanWriter(TYPICAL.luma.dc), ac: huffmanWriter(TYPICAL.luma.ac) },
  chroma: { dc: huffmanWriter(TYPICAL.chroma.dc), ac: huffmanWriter(TYPICAL.chroma.ac) },
  tables: TYPICAL,
};
