/** What lies in a watched folder: scans, whether they still change, and free names for what is made of them. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

const SCAN = /\.(pdf|tiff?|jpe?g|png)$/i;
/** Folders inside a dossier's folder that are looked into: a scanner makes one for each stack. */
const MAX_DEPTH = 4;
/** Bytes of a name in UTF-8. File systems take 255; `.…-12.ocr.json` is put to it. */
const MAX_NAME_BYTES = 200;

/** Whether a file is a scan by its name; what begins with a dot is still being written. */
export function isScanName(name: string): boolean {
  return SCAN.test(name) && !name.startsWith('.');
}

/** All files of a folder and of those in it, by their path from there; hidden ones are left out. */
async function filesIn(folder: string, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter((entry) => !entry.name.startsWith('.'))
      .map(async (entry) => {
        if (entry.isFile()) return [entry.name];
        if (!entry.isDirectory() || depth >= MAX_DEPTH) return [];
        return (await filesIn(join(folder, entry.name), depth + 1)).map((name) => join(entry.name, name));
      }),
  );
  return found.flat();
}

/**
 * Scans of a dossier folder in the order of their names, numbers counted as numbers: `trang2` before `trang10`. The
 * searchable PDF made of the dossier is none of them, when it was read before.
 */
export async function scansIn(folder: string): Promise<string[]> {
  const order = new Intl.Collator('vi', { numeric: true });
  const scans = (await filesIn(folder)).filter((name) => isScanName(basename(name))).sort(order.compare);
  const own = `${basename(folder)}.ocr.pdf`;
  return scans.length > 1 ? scans.filter((name) => name !== own) : scans;
}

/** Sizes and times of all files of an entry: a scanner is still writing while this changes. Empty: nothing is in it. */
export async function stampOf(path: string): Promise<string> {
  const info = await stat(path);
  if (!info.isDirectory()) return `${info.size}/${info.mtimeMs}`;
  const names = (await filesIn(path)).sort();
  const files = await Promise.all(names.map(async (name) => [name, await stat(join(path, name))] as const));
  return files.map(([name, file]) => `${name}/${file.size}/${file.mtimeMs}`).join('|');
}

/** Identifies the scans of a dossier as they are now. */
export async function versionOf(folder: string, scans: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of scans) {
    const { size, mtimeMs } = await stat(join(folder, name));
    hash.update(`${name}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/** Composed letters (macOS takes them apart), and short enough that results can be named after it. */
export function shortName(name: string): string {
  let short = '';
  let bytes = 0;
  for (const letter of name.normalize('NFC')) {
    bytes += Buffer.byteLength(letter);
    if (bytes > MAX_NAME_BYTES) break;
    short += letter;
  }
  return short.trim() || 'ho-so';
}

/** A name not yet taken in `folder`: `a`, `a-2`, `a-3` … */
export async function freeName(folder: string, name: string): Promise<string> {
  const taken = new Set((await readdir(folder)).map((other) => other.normalize('NFC')));
  if (!taken.has(name)) return join(folder, name);
  let at = 2;
  while (taken.has(`${name}-${at}`)) at += 1;
  return join(folder, `${name}-${at}`);
}

interface Trouble {
  vi: string;
  en: string;
}

/** Troubles of the machine or the share, by the system's code: no scan is to blame, and they pass. */
const MACHINE_TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOSPC: {
    vi: 'Ổ đĩa đã đầy; sẽ đọc tiếp khi có chỗ.',
    en: 'The disk is full; reading goes on when there is room.',
  },
  EDQUOT: { vi: 'Đã hết hạn mức ổ đĩa.', en: 'The disk quota is used up.' },
  EACCES: { vi: 'Không có quyền với tệp hoặc thư mục này.', en: 'No permission for this file or folder.' },
  EPERM: { vi: 'Không có quyền với tệp hoặc thư mục này.', en: 'No permission for this file or folder.' },
  EROFS: { vi: 'Ổ đĩa chỉ cho đọc.', en: 'The disk is read-only.' },
  EBUSY: { vi: 'Chương trình khác đang giữ tệp này.', en: 'Another program holds this file.' },
  EIO: { vi: 'Ổ đĩa hoặc thư mục chia sẻ bị lỗi.', en: 'The disk or the share has an error.' },
  ESTALE: { vi: 'Thư mục chia sẻ không còn nối.', en: 'The share is no longer connected.' },
  ENOTCONN: { vi: 'Thư mục chia sẻ không còn nối.', en: 'The share is no longer connected.' },
  EMFILE: { vi: 'Quá nhiều tệp đang mở.', en: 'Too many files are open.' },
};

/** The trouble of the machine that an error, or what caused it, tells of; `null` when it is another kind of error. */
export function machineTrouble(error: unknown): (Trouble & { code: string }) | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    // Processes that read scans tell it as their reason.
    const { code: own, details } = at as NodeJS.ErrnoException & { details?: { reason?: string } };
    const code = details?.reason !== undefined && details.reason in MACHINE_TROUBLES ? details.reason : own;
    const known = code === undefined ? undefined : MACHINE_TROUBLES[code];
    if (code !== undefined && known) return { code, ...known };
  }
  return null;
}
