/** What commands read and write. */
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CommandError, EXIT } from './exit-codes.ts';

/** From this size on, files to be signed are mapped and written in pieces. */
const MAP_FROM_BYTES = 48 * 1024 * 1024;
const MAX_INPUT_BYTES = 512 * 1024 * 1024;

/** Size of a file that may be read. @throws CommandError 65 */
async function sizeOf(file: string): Promise<number> {
  const info = await stat(file).catch(() => null);
  if (info === null || !info.isFile())
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Không đọc được tệp ${file}.`,
      en: `Can't read ${file}.`,
    });
  if (info.size > MAX_INPUT_BYTES)
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Tệp ${file} lớn hơn 512 MiB.`,
      en: `${file} is larger than 512 MiB.`,
    });
  return info.size;
}

/** Makes sure that a file can be read, without doing so. @throws CommandError 65 */
export async function assertReadable(file: string): Promise<void> {
  await sizeOf(file);
}

/** Reads one file of a command line. @throws CommandError 65 */
export async function readInput(file: string): Promise<Buffer> {
  await sizeOf(file);
  return readFile(file);
}

/** Room kept behind a file that will be signed: certificates, evidence, time-stamps and appearance. */
const SIGNING_ROOM = 4 * 1024 * 1024;
/** The same behind a mapped one, where it costs nothing until it is used: lists of revoked certificates can be large. */
const MAPPED_ROOM = 32 * 1024 * 1024;

/** Reads a file into the front of a buffer with room behind it, so that signing it needs no second copy. @throws CommandError 65 */
export async function readForSigning(file: string): Promise<{ bytes: Uint8Array; room: Uint8Array }> {
  const size = await sizeOf(file);
  if (size >= MAP_FROM_BYTES) {
    const mapped = await mappedRoom(file, size);
    if (mapped !== null) return { bytes: mapped.subarray(0, size), room: mapped };
  }
  const room = Buffer.allocUnsafeSlow(size + SIGNING_ROOM);
  const handle = await open(file, 'r');
  try {
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(room, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { bytes: room.subarray(0, length), room };
  } finally {
    await handle.close();
  }
}

/** Reads a file; a large one is mapped, so that who runs through it holds a piece at a time. @throws CommandError 65 */
export async function readLarge(file: string): Promise<Uint8Array> {
  if ((await sizeOf(file)) < MAP_FROM_BYTES) return readFile(file);
  return (await readForSigning(file)).bytes;
}

async function mappedRoom(file: string, size: number): Promise<Buffer | null> {
  const { mapFile } = await import('../large/index.ts');
  return mapFile(file, size, MAPPED_ROOM)?.octets ?? null;
}

/** Writes whole or not at all. @throws CommandError 73 */
export async function writeOutput(file: string, bytes: Uint8Array | string): Promise<void> {
  await putInPlace(file, async (partial) => {
    if (typeof bytes === 'string' || bytes.length < MAP_FROM_BYTES) await writeFile(partial, bytes);
    else await (await import('../large/index.ts')).writePieces(partial, bytes);
  });
}

/** Copies a finished file to where it was asked for, whole or not at all. @throws CommandError 73 */
export function copyOutput(from: string, file: string): Promise<void> {
  // Its contents alone: what is asked for gets the rights of any other output.
  return putInPlace(file, (partial) => pipeline(createReadStream(from), createWriteStream(partial)));
}

async function putInPlace(file: string, write: (partial: string) => Promise<unknown>): Promise<void> {
  const partial = `${file}.part`;
  try {
    await write(partial);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new CommandError(
      EXIT.cantCreate,
      { vi: `Không ghi được ${file}.`, en: `Can't write ${file}.` },
      { cause },
    );
  }
}

/** Reads files, or every file of folders in the order of their names, through `read`. @throws CommandError 65 */
export async function readMany(
  paths: readonly string[],
  read: (bytes: Uint8Array) => Uint8Array[],
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => null);
    if (info === null)
      throw new CommandError(EXIT.unreadableInput, { vi: `Không có ${path}.`, en: `There is no ${path}.` });
    const files = info.isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    for (const file of files) found.push(...read(await readFile(file)));
  }
  return found;
}

/** Collects an option that may be given several times. */
export function many(value: string, all: string[]): string[] {
  return [...all, value];
}
