import { open } from 'node:fs/promises';

/** Formats taken in, told by their first bytes only: names and declared types are not believed. */
export type InputFormat = 'pdf' | 'tiff' | 'jpeg' | 'png';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** TIFF 6.0 and BigTIFF (version 43, offsets of eight bytes), in both byte orders. */
const TIFF: readonly (readonly number[])[] = [
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x49, 0x49, 0x2b, 0x00],
  [0x4d, 0x4d, 0x00, 0x2b],
];
/** Readers look for the PDF header in the first 1024 bytes (ISO 32000-1 Annex H, note 13). */
const PDF_HEADER_REACH = 1024;

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((value, i) => bytes[i] === value);
}

/** Tells the format of a file, `null` when it is none of ours (SVG, HTML, empty, …). */
export function sniffFormat(bytes: Uint8Array): InputFormat | null {
  if (startsWith(bytes, PNG)) return 'png';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (TIFF.some((magic) => startsWith(bytes, magic))) return 'tiff';
  const head = Buffer.from(bytes.subarray(0, PDF_HEADER_REACH)).toString('latin1');
  return head.includes('%PDF-') ? 'pdf' : null;
}

/** The first bytes of a file, enough for {@link sniffFormat}. */
export async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(PDF_HEADER_REACH), 0, PDF_HEADER_REACH, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
