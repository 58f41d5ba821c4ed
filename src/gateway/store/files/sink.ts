/**
 * Files written in pieces. A stream of node:fs tells a full disk by an event, which ends the process where nobody listens at
 * that moment; here it rejects the call it happens in.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { asStoreError, isStoreFault } from '../faults.ts';

/** A file being written. */
export interface FileSink {
  /** @throws StoreError STORE_FULL, STORE_UNAVAILABLE */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when all of it has been handed to the system; not synced. An empty file is made, too. */
  end(): Promise<void>;
  /** Closes it; what was written stays where it is. Never rejects. */
  abort(): Promise<void>;
}

/** Gives a full or broken disk its name (STORE_FULL, STORE_UNAVAILABLE); anything else passes as it is. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw isStoreFault(cause) ? asStoreError(cause) : cause;
  }
}

/** write(2) may take a part only (a disk almost full). */
export async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await handle.write(chunk, done)).bytesWritten;
  }
}

/** A new file at `path`, readable by its owner alone; made at the first write. One that is there is emptied. */
export function createFileSink(path: string): FileSink {
  let handle: FileHandle | null = null;

  async function opened(): Promise<FileHandle> {
    handle ??= await onDisk(open(path, 'w', 0o600));
    return handle;
  }

  async function close(): Promise<void> {
    const last = handle;
    handle = null;
    await last?.close();
  }

  return {
    async write(chunk) {
      await onDisk(writeAll(await opened(), chunk));
    },
    async end() {
      await opened();
      await onDisk(close());
    },
    abort: () => close().catch(() => undefined),
  };
}
