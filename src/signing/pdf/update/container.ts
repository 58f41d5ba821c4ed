/** Puts a signature or time-stamp into its container: the hole, the /ByteRange around it, and the octets in it. */
import { SigningError } from '../../errors.ts';
import type { PdfDocument } from '../syntax/document.ts';
import { array, type PdfDict, type PdfString, type PdfValue, withEntries } from '../syntax/values.ts';
import { buildUpdate, type ObjectChanges } from '../syntax/write.ts';

/** Ten digits each: room for offsets of files up to 9.9 GB. */
const RANGE_PLACEHOLDER = 9_999_999_999;
const ROOM = `[0 ${RANGE_PLACEHOLDER} ${RANGE_PLACEHOLDER} ${RANGE_PLACEHOLDER}]`.length;

/** The octets for the hole, made over what is around it. */
export type MakeContents = (pieces: readonly Uint8Array[]) => Promise<Uint8Array>;

function withHole(dict: PdfDict, size: number): PdfDict {
  const hole: PdfString = { kind: 'string', bytes: new Uint8Array(size), hex: true, start: 0, end: 0 };
  const first = new Map<string, PdfValue>([
    ['ByteRange', array(0, RANGE_PLACEHOLDER, RANGE_PLACEHOLDER, RANGE_PLACEHOLDER)],
    ['Contents', hole],
  ]);
  for (const [key, value] of dict.entries) first.set(key, value);
  return withEntries({ ...dict, entries: first }, {});
}

/** Writes the update, then fills in the range and the hole; tells how much is needed when the hole is too small. */
async function trySize(
  document: PdfDocument,
  changes: ObjectChanges,
  signatureNumber: number,
  make: MakeContents,
  size: number,
): Promise<{ update: Buffer } | { needed: number }> {
  const dict = changes.get(signatureNumber) as PdfDict;
  const built = buildUpdate(document, new Map([...changes, [signatureNumber, withHole(dict, size)]]));
  const update = built.bytes;
  const base = document.bytes.length;
  const at = built.offsets.get(signatureNumber) ?? 0;
  const holeStart = update.indexOf('/Contents <', at) + '/Contents '.length;
  const holeEnd = holeStart + 2 + size * 2;
  const rangeAt = update.indexOf('/ByteRange [', at) + '/ByteRange '.length;
  const range = `[0 ${base + holeStart} ${base + holeEnd} ${update.length - holeEnd}]`;
  update.write(range.padEnd(ROOM), rangeAt, 'latin1');
  const contents = await make([document.bytes, update.subarray(0, holeStart), update.subarray(holeEnd)]);
  if (contents.length > size) return { needed: contents.length };
  update.write(Buffer.from(contents).toString('hex'), holeStart + 1, 'latin1');
  return { update };
}

/** Attempts to fit: a token may come back a little larger each time, but not for ever. */
const MAX_ATTEMPTS = 3;

/**
 * Builds the octets to append. When the first guess at the size of the hole is too small it is made again with room to
 * spare; `make` then runs again, over other octets.
 * @param signatureNumber the object of `changes` that is the signature dictionary.
 * @param size the first guess, octets.
 * @throws SigningError SIGNING_CONTAINER_TOO_SMALL; whatever `make` throws.
 */
export async function fillContainer(
  document: PdfDocument,
  changes: ObjectChanges,
  signatureNumber: number,
  size: number,
  make: MakeContents,
): Promise<Uint8Array> {
  let room = size;
  for (let attempt = 1; ; attempt += 1) {
    const made = await trySize(document, changes, signatureNumber, make, room);
    if ('update' in made) return made.update;
    if (attempt === MAX_ATTEMPTS)
      throw new SigningError('SIGNING_CONTAINER_TOO_SMALL', { details: { neededBytes: made.needed } });
    room = made.needed + 2_048;
  }
}
