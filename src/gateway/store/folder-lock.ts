/**
 * One gateway per data folder when the store is embedded: at its start it frees the leases of a process that was killed,
 * which would double the work of one that is alive.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { StoreError } from './errors.ts';

/** Holds the folder until released; the operating system lets go when the process ends, however it ends. */
export interface FolderLock {
  release(): void;
}

/** @throws StoreError STORE_IN_USE when another process holds `dataDir`. */
export function lockFolder(dataDir: string): FolderLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new Database(join(dataDir, 'gateway.lock'));
  try {
    database.exec('PRAGMA busy_timeout=0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new StoreError('STORE_IN_USE', `another gateway runs on ${dataDir}`, { cause });
  }
  return { release: () => database.close() };
}
