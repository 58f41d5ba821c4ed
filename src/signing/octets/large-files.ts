/**
 * Files too large to hold whole. Who maps a file into memory says here how octets that were read can be let go of again; who
 * runs through a whole file does it in pieces and lets go of each.
 */

/** Lets go of octets `from` to `to` of the buffer; reading them again brings them back. */
export type LetGo = (from: number, to: number) => void;

const mapped = new WeakMap<ArrayBufferLike, LetGo>();

/** Octets of one piece: small beside what a process needs anyway, large beside the cost of a call. */
const PIECE = 8 * 1024 * 1024;

/** Says that the octets of `buffer` come from a file and need not stay. */
export function declareMapped(buffer: ArrayBufferLike, letGo: LetGo): void {
  mapped.set(buffer, letGo);
}

/** The octets in pieces, one after the other: small or unmapped ones in one. Each piece is let go of when the next is asked for. */
export function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  const letGo = mapped.get(bytes.buffer);
  if (letGo === undefined || bytes.length <= PIECE) {
    yield bytes;
    return;
  }
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, Math.min(bytes.length, at + PIECE));
    yield piece;
    letGo(piece.byteOffset, piece.byteOffset + piece.length);
  }
}

/** Where `text` (ASCII) stands in the octets, each occurrence that does not overlap the one before. */
export function* occurrences(bytes: Uint8Array, text: string): Generator<number> {
  let from = 0;
  for (const piece of inPieces(bytes)) {
    // An occurrence may begin in one piece and end in the next.
    const begin = piece.byteOffset - bytes.byteOffset;
    const start = Math.max(from, begin - text.length + 1);
    const end = begin + piece.length;
    const part = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start));
    for (let at = part.indexOf(text); at >= 0; at = part.indexOf(text, at + text.length)) {
      yield start + at;
      from = start + at + text.length;
    }
  }
}
