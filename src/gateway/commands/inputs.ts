/** What commands read and write. */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT } from './exit-codes.ts';

const MAX_INPUT_BYTES = 512 * 1024 * 1024;

/** Reads one file of a command line. @throws CommandError 65 */
export async function readInput(file: string): Promise<Buffer> {
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
  return readFile(file);
}

/** Writes whole or not at all. @throws CommandError 73 */
export async function writeOutput(file: string, bytes: Uint8Array | string): Promise<void> {
  const partial = `${file}.part`;
  try {
    await writeFile(partial, bytes);
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
