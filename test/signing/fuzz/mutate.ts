/** Mutations of files from a number alone, so that a failure can be made again from its seed. */

/** A generator of numbers in [0, 1): mulberry32. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Pieces of the formats that a blind change would seldom hit upon. */
const WORDS = [
  '/ByteRange [0 0 0 0]',
  '/Prev 0',
  'endobj',
  'startxref\n0\n%%EOF\n',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<![CDATA[',
  '<!--',
  '<?x ',
  ' Id="x"',
  '\u0030\u0080\u0000\u0000',
  '\u00ff\u00ff\u00ff\u00ff',
  'PK\u0005\u0006',
  '99999999999999999999',
  '-1',
];

type Change = (file: Buffer, number: () => number, other: Buffer) => Buffer;

const at = (file: Buffer, number: () => number): number => Math.floor(number() * (file.length + 1));

function splice(file: Buffer, from: number, to: number, piece: Uint8Array): Buffer {
  return Buffer.concat([file.subarray(0, from), piece, file.subarray(Math.max(from, to))]);
}

const CHANGES: readonly Change[] = [
  // One bit, one octet, a run of octets.
  (file, number) => {
    const changed = Buffer.from(file);
    const place = at(file, number) % file.length;
    changed[place] = (changed[place] ?? 0) ^ (1 << Math.floor(number() * 8));
    return changed;
  },
  (file, number) => splice(file, at(file, number), 0, Uint8Array.of(Math.floor(number() * 256))),
  (file, number) => {
    const from = at(file, number);
    return splice(file, from, from + Math.floor(number() * 64), Buffer.alloc(0));
  },
  (file, number) => {
    const from = at(file, number);
    const length = Math.floor(number() * 512);
    return splice(file, from, from, file.subarray(from, from + length));
  },
  // A cut, an addition, a piece of another file, a word of the formats.
  (file, number) => file.subarray(0, at(file, number)),
  (file, number, other) => Buffer.concat([file, other.subarray(at(other, number))]),
  (file, number, other) => {
    const [from, start] = [at(file, number), at(other, number)];
    const length = Math.floor(number() * 256);
    return splice(file, from, from + length, other.subarray(start, start + length));
  },
  (file, number) => {
    const word = Buffer.from(WORDS[Math.floor(number() * WORDS.length)] ?? '', 'latin1');
    const from = at(file, number);
    return splice(file, from, from + (number() < 0.5 ? 0 : word.length), word);
  },
  // A digit: lengths, offsets and numbers of objects.
  (file, number) => {
    const changed = Buffer.from(file);
    let place = at(file, number);
    while (place < file.length && !((file[place] ?? 0) >= 0x30 && (file[place] ?? 0) <= 0x39)) place += 1;
    if (place < file.length) changed[place] = 0x30 + Math.floor(number() * 10);
    return changed;
  },
];

/** The mutant of a file that a seed stands for: one to four changes. */
export function mutate(file: Uint8Array, other: Uint8Array, seed: number): Uint8Array {
  const number = numbersFrom(seed);
  let mutant = Buffer.from(file);
  for (let count = 1 + Math.floor(number() * 4); count > 0 && mutant.length > 0; count -= 1) {
    const change = CHANGES[Math.floor(number() * CHANGES.length)];
    mutant = Buffer.from(change?.(mutant, number, Buffer.from(other)) ?? mutant);
  }
  return new Uint8Array(mutant);
}
