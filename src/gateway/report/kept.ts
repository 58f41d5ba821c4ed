/** Reports kept because somebody asked for a link: one file each in the data folder, gone when their time is over. The file that was verified is never among them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VerificationReport } from '../../signing/index.ts';

/** A kept report. Times are milliseconds since 1970. */
export interface KeptReport {
  readonly report: VerificationReport;
  /** Of the file that was verified. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Files are named by their end and the digest of the id, so that a listing gives no link away. */
function nameOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

async function sweep(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const end = Number(name.split('-')[0]);
    if (Number.isFinite(end) && end <= now) await rm(join(folder, name), { force: true });
  }
}

/** Keeps a report and drops those whose time is over. @returns the id of the link, 144 random bits. */
export async function keepReport(folder: string, kept: KeptReport): Promise<string> {
  const id = randomBytes(18).toString('base64url');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sweep(folder, kept.createdAt);
  const path = join(folder, `${kept.expiresAt}-${nameOf(id)}.json`);
  await writeFile(`${path}.part`, JSON.stringify(kept), { mode: 0o600 });
  await rename(`${path}.part`, path);
  return id;
}

/** The report of a link; null when there is none, or its time is over at `now`. */
export async function findKeptReport(folder: string, id: string, now: number): Promise<KeptReport | null> {
  const ending = `-${nameOf(id)}.json`;
  const names = await readdir(folder).catch(() => [] as string[]);
  const name = names.find((candidate) => candidate.endsWith(ending));
  if (name === undefined || Number(name.split('-')[0]) <= now) return null;
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as KeptReport;
}
