/** Temporary folders, removed when the process of the tests ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A fresh empty folder. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-test-'));
  made.push(folder);
  return folder;
}

/** Writes a file to a new folder below `folder`. @returns its path. */
export function fileBelow(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(mkdtempSync(join(folder, 'f-')), name);
  writeFileSync(path, content);
  return path;
}
