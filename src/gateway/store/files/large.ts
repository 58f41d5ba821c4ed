/** Files of a store as work takes them: small ones as octets, large ones by their place. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';

/** A file on disk that is not read whole. */
export interface LargeFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Octets at hand, or a large file. */
export type FileOctets = Uint8Array | LargeFile;

/** From this size on a file on disk is given by its place. */
export const LARGE_FROM_BYTES = 8 * 1024 * 1024;

/** Whether it is a file rather than octets. */
export function isLargeFile(file: FileOctets): file is LargeFile {
  return !(file instanceof Uint8Array);
}

/** As something to be stored takes them: at once, or from the file as it is read. */
export function sourceOf(file: FileOctets): Uint8Array | AsyncIterable<Uint8Array> {
  return isLargeFile(file) ? createReadStream(file.path, { highWaterMark: 1024 * 1024 }) : file;
}

/** Octets of either. */
export function sizeOf(file: FileOctets): number {
  return isLargeFile(file) ? file.sizeBytes : file.length;
}

/** Removes a file that work made for whoever asked; octets just go. */
export async function removeLarge(file: FileOctets): Promise<void> {
  if (isLargeFile(file)) await rm(file.path, { force: true });
}
