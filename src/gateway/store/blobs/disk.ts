/** Content-addressed files on disk: `blobs/ab/<sha256>`, written once, never changed. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { constants, createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { StoreError } from '../errors.ts';
import { LARGE_FROM_BYTES } from '../files/large.ts';
import { onDisk } from '../files/sink.ts';
import { listOlderBlobs, removeBlob, restoreLeaving } from '../retention/removal.ts';
import { assertDigest, type BlobState, type BlobStore, type BlobWriter, corrupt, putWith } from './port.ts';
import { createWriter, type Incoming, sweepIncoming } from './writer.ts';

/** Blobs in a folder of this machine. */
export interface DiskBlobStore extends BlobStore {
  /** Where a blob of this digest is, or would be. */
  pathOf(sha256: string): string;
}

const open = promisify(fs.open);
const write = promisify(fs.write);
const fsync = promisify(fs.fsync);

// Handing a call to one of libuv's threads costs ten times what opening a folder or closing a synced file does: these two are done at once.
async function syncFolder(folder: string): Promise<void> {
  const file = fs.openSync(folder, 'r');
  try {
    await fsync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** open(2) O_DSYNC: a write returns when what it wrote, and the file's size, are on disk. Not every system has it. */
const O_DSYNC = (constants as Partial<typeof constants>).O_DSYNC;
const SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (O_DSYNC ?? 0);

/** Writes and syncs a new file by one call. */
async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, SYNCED, 0o600);
  try {
    // write(2) may take a part only (a disk almost full).
    for (let done = 0; done < bytes.length; ) done += (await write(file, bytes, done)).bytesWritten;
  } finally {
    fs.closeSync(file);
  }
}
const STATE: BlobState = { kind: 'disk', reachable: true, reason: null };

/** Opens (and makes) the blob folder `root`. `atPoint` marks crash points for tests (see docs/reliability.md). */
export async function openBlobStore(
  root: string,
  atPoint: (name: string) => void = () => undefined,
): Promise<DiskBlobStore> {
  const incoming = join(root, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const knownFolders = new Set<string>();

  function newPathOf(sha256: string): string {
    assertDigest(sha256);
    return join(root, sha256.slice(0, 2), sha256);
  }

  /** Versions up to 0.1 used two levels of folders, a new one for almost every blob; what they wrote stays where it is. */
  function pathOf(sha256: string): string {
    const path = newPathOf(sha256);
    const before = join(root, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    return !existsSync(path) && existsSync(before) ? before : path;
  }

  /** Makes one of the 256 folders durable, once per process. */
  async function ensureFolder(folder: string): Promise<void> {
    if (knownFolders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(root);
    knownFolders.add(folder);
  }

  /** The synced file gets its name, and the name is made durable. */
  async function publish(temporary: string, sha256: string): Promise<void> {
    atPoint('C2');
    const final = newPathOf(sha256);
    await onDisk(ensureFolder(dirname(final)));
    await onDisk(rename(temporary, final));
    await onDisk(syncFolder(dirname(final)));
    atPoint('C3');
  }

  async function keep({ bytes, sha256, path, file, close }: Incoming): Promise<void> {
    if (O_DSYNC !== undefined && bytes !== undefined && bytes.length > 0)
      return keepSmall(sha256, path, bytes);
    await onDisk((await file()).sync());
    await onDisk(close());
    await publish(path, sha256);
  }

  async function keepSmall(sha256: string, path: string, bytes: Uint8Array): Promise<void> {
    try {
      await onDisk(writeSynced(path, bytes));
      await publish(path, sha256);
    } catch (cause) {
      await rm(path, { force: true });
      throw cause;
    }
  }

  const create = async (maxBytes: number): Promise<BlobWriter> =>
    createWriter(incoming, maxBytes, atPoint, keep);

  async function size(sha256: string): Promise<number> {
    try {
      return (await stat(pathOf(sha256))).size;
    } catch (cause) {
      throw new StoreError('BLOB_MISSING', `no blob ${sha256}`, { cause });
    }
  }

  async function openBlob(sha256: string): Promise<Readable> {
    await size(sha256);
    return createReadStream(pathOf(sha256), { highWaterMark: 256 * 1024 });
  }

  async function read(sha256: string): Promise<Buffer> {
    await size(sha256);
    const bytes = await readFile(pathOf(sha256));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw corrupt(sha256);
    return bytes;
  }

  const folder = { root, pathOf, atPoint };
  await restoreLeaving(folder);
  return {
    create,
    pathOf,
    size,
    open: openBlob,
    put: (source, maxBytes) => putWith(create, source, maxBytes),
    async fileOf(sha256) {
      const sizeBytes = await size(sha256);
      if (sizeBytes < LARGE_FROM_BYTES) return read(sha256);
      const hash = createHash('sha256');
      for await (const chunk of await openBlob(sha256)) hash.update(chunk as Uint8Array);
      if (hash.digest('hex') !== sha256) throw corrupt(sha256);
      return { path: pathOf(sha256), sizeBytes };
    },
    read,
    hold: async (sha256) => ({ path: pathOf(sha256), release: () => undefined }),
    sweepUnfinished: (olderThanMs, now) => sweepIncoming(incoming, olderThanMs, now),
    listOlder: (prefix, before) => listOlderBlobs(root, prefix, before),
    remove: (sha256, before, isNamed) => removeBlob(folder, sha256, before, isNamed),
    settleRemovals: async () => 0,
    agree: async (_name, value) => value,
    state: () => STATE,
    ping: async () => STATE,
    close: async () => undefined,
  };
}
