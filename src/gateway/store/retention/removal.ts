/** Takes blobs away so that a crash, or the same bytes coming again at that moment, loses nothing. */
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SHA256 } from '../blobs/port.ts';

/** What removal needs to know of a blob folder. */
export interface BlobFolder {
  readonly root: string;
  /** Where a blob of this digest is, or would be. */
  pathOf(sha256: string): string;
  /** Crash points of tests. */
  atPoint(name: string): void;
}

/** A blob on its way out stands here: out of sight, and back in its place after a crash. */
function leavingFolder(root: string): string {
  return join(root, 'removing');
}

/** Puts back what an earlier process was about to remove. @returns how many. */
export async function restoreLeaving({ root, pathOf }: Pick<BlobFolder, 'root' | 'pathOf'>): Promise<number> {
  const folder = leavingFolder(root);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let restored = 0;
  for (const name of await readdir(folder)) {
    if (!SHA256.test(name)) continue;
    await putBack(join(folder, name), pathOf(name));
    restored += 1;
  }
  return restored;
}

/** A newer file of the same name has the same bytes, and stays. */
async function putBack(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  // EEXIST: written again meanwhile. ENOENT: another process has put it back already.
  await link(from, to).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST' && cause.code !== 'ENOENT') throw cause;
  });
  await rm(from, { force: true });
}

/** False for a file that is not there. @throws any other fault. */
function isAbsent(cause: NodeJS.ErrnoException): false {
  if (cause.code === 'ENOENT') return false;
  throw cause;
}

/**
 * Removes a blob that was last written before `before` and that nothing names. It is moved aside first and looked at again
 * there: who brings the same bytes in the meantime makes a new file, and who has just named it is heard by `isNamed`.
 * @returns whether it is gone.
 */
export async function removeBlob(
  { root, pathOf, atPoint }: BlobFolder,
  sha256: string,
  before: number,
  isNamed: (sha256: string) => Promise<boolean>,
): Promise<boolean> {
  const place = pathOf(sha256);
  const aside = join(leavingFolder(root), sha256);
  if (!existsSync(place) || (await isNamed(sha256))) return false;
  // Of two processes at it one gets it.
  const isMine = await rename(place, aside).then(() => true, isAbsent);
  if (!isMine) return false;
  atPoint('R2');
  try {
    if ((await stat(aside)).mtimeMs >= before || (await isNamed(sha256))) {
      await putBack(aside, place);
      return false;
    }
  } catch (cause) {
    await putBack(aside, place);
    throw cause;
  }
  await rm(aside, { force: true });
  return true;
}

/** Digests of blobs in the folder of `prefix` (two hex digits, both layouts) that were last written before `before`. */
export async function listOlderBlobs(root: string, prefix: string, before: number): Promise<string[]> {
  const older: string[] = [];
  async function walk(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (SHA256.test(entry.name)) {
        const info = await stat(path).catch(() => null);
        if (info !== null && info.mtimeMs < before) older.push(entry.name);
      }
    }
  }
  await walk(join(root, prefix));
  return older;
}
