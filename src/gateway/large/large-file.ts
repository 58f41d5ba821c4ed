/** Files to be signed that are too large to hold: mapped, signed where they are mapped, and written in pieces. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inPieces } from '../../signing/index.ts';
import type { LargeFile } from '../store/index.ts';
import { mapFile } from './mapped-file.ts';

/** Room kept behind a file that will be signed: certificates, evidence, time-stamps and appearance. It costs nothing until used. */
const ROOM_BYTES = 32 * 1024 * 1024;

/** A file as signing takes it: its octets, and the buffer they are the front of. */
export interface OpenedFile {
  readonly bytes: Uint8Array;
  readonly room: Uint8Array;
  /** Lets go of the memory; `bytes` and what was written into `room` are of no use afterwards. */
  close(): void;
}

/** Maps a file with room behind it, or reads it where files cannot be mapped. */
export async function openLarge({ path, sizeBytes }: LargeFile): Promise<OpenedFile> {
  const mapping = mapFile(path, sizeBytes, ROOM_BYTES);
  if (mapping === null) {
    const bytes = await readFile(path);
    return { bytes, room: bytes, close: () => undefined };
  }
  const { octets, close } = mapping;
  return { bytes: octets.subarray(0, sizeBytes), room: octets, close };
}

/** Writes octets, mapped ones piece by piece. @returns their SHA-256, hex. */
export async function writePieces(path: string, bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'w', 0o600);
  try {
    for (const piece of inPieces(bytes)) {
      hash.update(piece);
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** Writes octets to a new file of `folder` (default: the system's temporary one). @returns the file; whoever takes it removes it. */
export async function writeLarge(folder: string = tmpdir(), bytes: Uint8Array): Promise<LargeFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `signed-${randomUUID()}`);
  try {
    await writePieces(path, bytes);
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  }
  return { path, sizeBytes: bytes.length };
}
