/** Puts a signature into its container: the hole, the /ByteRange around it, and the CMS in it. */
import { buildCms } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { Signer, SigningDigest, TimestampAuthority } from '../ports.ts';
import type { PdfDocument } from './syntax/document.ts';
import { array, type PdfDict, type PdfString, type PdfValue, withEntries } from './syntax/values.ts';
import { buildUpdate, type ObjectChanges } from './syntax/write.ts';

/** Ten digits each: room for offsets of files up to 9.9 GB. */
const RANGE_PLACEHOLDER = 9_999_999_999;

/** How the container is signed. */
export interface ContainerOptions {
  readonly signer: Signer;
  readonly digest: SigningDigest;
  readonly timestampAuthority?: TimestampAuthority;
}

/** Room for the CMS: certificates twice over is never needed; attributes and identifiers take under 2 KiB, a token under 16. */
function estimateSize(options: ContainerOptions): number {
  const certificates = [options.signer.certificate, ...options.signer.chain].reduce(
    (sum, der) => sum + der.length,
    0,
  );
  return certificates + 3_072 + (options.timestampAuthority === undefined ? 0 : 16_384);
}

function withHole(dict: PdfDict, size: number): PdfDict {
  const hole: PdfString = { kind: 'string', bytes: new Uint8Array(size), hex: true, start: 0, end: 0 };
  const first = new Map<string, PdfValue>([
    ['ByteRange', array(0, RANGE_PLACEHOLDER, RANGE_PLACEHOLDER, RANGE_PLACEHOLDER)],
    ['Contents', hole],
  ]);
  for (const [key, value] of dict.entries) first.set(key, value);
  return withEntries({ ...dict, entries: first }, {});
}

/** Writes the update, then fills in the range and the signature. */
async function trySize(
  document: PdfDocument,
  changes: ObjectChanges,
  signatureNumber: number,
  options: ContainerOptions,
  size: number,
): Promise<{ file: Uint8Array } | { needed: number }> {
  const dict = changes.get(signatureNumber) as PdfDict;
  const update = buildUpdate(document, new Map([...changes, [signatureNumber, withHole(dict, size)]]));
  const base = document.bytes.length;
  const at = update.offsets.get(signatureNumber) ?? 0;
  const holeStart = base + update.bytes.indexOf('/Contents <', at) + '/Contents '.length;
  const holeEnd = holeStart + 2 + size * 2;
  const file = Buffer.alloc(base + update.bytes.length);
  file.set(document.bytes, 0);
  file.set(update.bytes, base);
  const rangeAt = base + update.bytes.indexOf('/ByteRange [', at) + '/ByteRange '.length;
  const room = `[0 ${RANGE_PLACEHOLDER} ${RANGE_PLACEHOLDER} ${RANGE_PLACEHOLDER}]`.length;
  file.write(`[0 ${holeStart} ${holeEnd} ${file.length - holeEnd}]`.padEnd(room), rangeAt, 'latin1');
  const content = [file.subarray(0, holeStart), file.subarray(holeEnd)];
  const cms = await buildCms(options.signer, {
    content,
    digest: options.digest,
    ...(options.timestampAuthority === undefined ? {} : { timestampAuthority: options.timestampAuthority }),
  });
  if (cms.length > size) return { needed: cms.length };
  file.write(Buffer.from(cms).toString('hex'), holeStart + 1, 'latin1');
  return { file: new Uint8Array(file.buffer, file.byteOffset, file.length) };
}

/**
 * Appends the changes and signs the result. When the first guess at the container's size is too small it is made again,
 * once, with room to spare.
 * @param signatureNumber the object of `changes` that is the signature dictionary.
 * @throws SigningError SIGNING_CONTAINER_TOO_SMALL; whatever signer or TSA throw.
 */
export async function signContainer(
  document: PdfDocument,
  changes: ObjectChanges,
  signatureNumber: number,
  options: ContainerOptions,
): Promise<Uint8Array> {
  const first = await trySize(document, changes, signatureNumber, options, estimateSize(options));
  if ('file' in first) return first.file;
  const second = await trySize(document, changes, signatureNumber, options, first.needed + 2_048);
  if ('file' in second) return second.file;
  throw new SigningError('SIGNING_CONTAINER_TOO_SMALL', { details: { neededBytes: second.needed } });
}
