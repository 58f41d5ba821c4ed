/** Folders for the files of one dossier. What a killed process left behind is scans of people's papers: it is removed. */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';

const PREFIX = 'lienthong-ocr';
/** Names of folders this process has made and not removed yet. */
const mine = new Set<string>();
const swept = new Map<string, Promise<void>>();

/** Containers share a folder at times, and never a host name: only processes of this one can be looked for. */
function host(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and somebody else's (EPERM), or not there (ESRCH).
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes what processes of this host that are no more left in `root`. What cannot be removed stays. */
export async function sweepFolders(root: string): Promise<void> {
  const left = new RegExp(`^${PREFIX}-${host()}-(\\d+)-`);
  for (const name of await readdir(root).catch(() => [])) {
    const pid = Number(left.exec(name)?.[1] ?? 0);
    // A number used again, as in a container that was started again: what is not ours now was left as well.
    const isLeft = pid === process.pid ? !mine.has(name) : pid > 0 && !isAlive(pid);
    if (isLeft) await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** {@link sweepFolders}, once for each `root` while the process lives. */
export function sweepOnce(root: string): Promise<void> {
  const known = swept.get(root) ?? sweepFolders(root);
  swept.set(root, known);
  return known;
}

/** Makes a new folder for this process in `root`, removed with {@link removeFolder}. */
export function makeFolder(root: string): string {
  // In one go: a sweep never meets a folder it does not know to be ours.
  const path = mkdtempSync(join(root, `${PREFIX}-${host()}-${process.pid}-`));
  mine.add(basename(path));
  return path;
}

/** Removes a folder {@link makeFolder} made, with all in it. */
export async function removeFolder(path: string): Promise<void> {
  // A process just killed may put its last file there while the others are being removed.
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
  mine.delete(basename(path));
}
